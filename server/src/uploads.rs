//! A form that brings a file reaches its server function as any other form does: the text of the file
//! is the value of its field. So there is one kind of server functions, and one list of them.

use std::{borrow::Cow, fmt::Write as _};

use app::{form::page_before, page::within, session};
use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, Multipart, Request, State, multipart::MultipartError},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{downloads, router::BODY_LIMIT, state::AppState, v1::call::kind_of};

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// Makes fields of the parts of a form. What is large is read for those alone who work in the console;
/// what they may do is asked where it is done.
pub(crate) async fn as_fields(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let has_parts = kind_of(request.headers()) == "multipart/form-data";
    let (parts, body) = request.into_parts();
    let asking = Request::from_parts(parts.clone(), Body::empty());
    match within(asking, || state.provide(), session::operator()).await {
        Ok(_) if has_parts => match flat(Request::from_parts(parts, body)).await {
            Ok(request) => next.run(request).await,
            Err(response) => response,
        },
        Ok(_) => next.run(Request::from_parts(parts, body)).await,
        Err(error) if has_parts => {
            // They come back to the form, and choose the file again.
            let page = page_before(&parts.headers);
            downloads::refused(error, page.as_deref().unwrap_or("/ops"))
        }
        // The function says so itself, and keeps what was typed.
        Err(_) => match to_bytes(body, BODY_LIMIT).await {
            Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
            Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        },
    }
}

async fn flat(request: Request) -> Result<Request, Response> {
    let (mut parts, body) = request.into_parts();
    let whole = Request::from_parts(parts.clone(), body);
    let form = Multipart::from_request(whole, &()).await;
    let fields = read(form.map_err(IntoResponse::into_response)?).await;
    let fields = fields.map_err(IntoResponse::into_response)?;
    parts.headers.insert(header::CONTENT_TYPE, FORM);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Request::from_parts(parts, Body::from(fields)))
}

async fn read(mut form: Multipart) -> Result<String, MultipartError> {
    let mut fields = String::new();
    while let Some(field) = form.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await?;
        if !fields.is_empty() {
            fields.push('&');
        }
        escape(&mut fields, &name);
        fields.push('=');
        escape(&mut fields, &text(&bytes));
    }
    Ok(fields)
}

/// What is no text in UTF-8 ends with a mark where it could not be read further; whoever reads it
/// refuses that (`app::form::text_of`).
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match bytes.utf8_chunks().next() {
        Some(chunk) if !chunk.invalid().is_empty() => format!("{}\u{fffd}", chunk.valid()).into(),
        Some(chunk) => chunk.valid().into(),
        None => "".into(),
    }
}

fn escape(into: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                into.push(char::from(byte));
            }
            b' ' => into.push('+'),
            byte => drop(write!(into, "%{byte:02X}")),
        }
    }
}
