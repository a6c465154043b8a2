//! Answers a request with a page: rendered whole, so that it is complete without JavaScript, and
//! with islands woken only where it holds any.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{Request, Response},
};
use futures::{StreamExt, stream};
use leptos::{nonce::Nonce, prelude::*, reactive::computed::ScopedFuture};
use leptos_axum::ResponseOptions;

use crate::{
    area::Area,
    assets::Assets,
    failure::Failure,
    shell::{shell, wake_tags},
};

/// Renders the page of a request, or of the [`Failure`] it carries. `provide` hands to pages what they
/// ask for by context.
pub async fn render(
    request: Request<Body>,
    assets: Arc<Assets>,
    provide: impl Fn() + Clone + Send + 'static,
) -> Response<Body> {
    let failure = request.extensions().get::<Failure>().cloned();
    let area = Area::of(request.uri().path());
    // Made by the security layer, which names it in the policy it sends.
    let nonce = request.extensions().get::<Nonce>().cloned().unwrap_or_default();
    let wake = Wake(wake_tags(area, &assets, &nonce));
    let context = move || {
        provide_context(nonce.clone());
        provide_context(wake.clone());
        provide();
    };
    let document = move || shell(area, &assets, failure.clone());
    leptos_axum::handle_response_inner(context, document, request, |document, data, _| {
        let Wake(tags) = expect_context();
        Box::pin(async move {
            let mut html: String = document.to_html_stream_in_order().collect().await;
            if html.contains("<leptos-island") {
                let data: String = data().collect().await;
                insert_before(&mut html, "</head>", &tags);
                insert_before(&mut html, "</body>", &data);
            }
            stream::once(async move { html }).boxed()
        })
    })
    .await
}

/// Does the work of a path that is no page, with all that pages find in their context.
pub async fn within<T>(
    request: Request<Body>,
    provide: impl FnOnce(),
    work: impl Future<Output = T>,
) -> T {
    let (parts, _) = request.into_parts();
    let work = Owner::new().with(|| {
        provide_context(parts);
        provide_context(ResponseOptions::default());
        provide();
        ScopedFuture::new(work)
    });
    work.await
}

#[derive(Clone)]
struct Wake(String);

fn insert_before(html: &mut String, mark: &str, text: &str) {
    // Content is escaped, so a tag found is the document's own; `</body>` is its last.
    let found = if mark == "</head>" { html.find(mark) } else { html.rfind(mark) };
    if let Some(at) = found {
        html.insert_str(at, text);
    }
}
