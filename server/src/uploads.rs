//! A form that brings a file reaches its server function as any other form does: the text of the file
//! is the value of its field. So there is one kind of server functions, and one list of them.

use std::fmt::Write as _;

use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Request, multipart::MultipartError},
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::v1::call::kind_of;

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// Makes fields of the parts of a form.
pub(crate) async fn as_fields(request: Request, next: Next) -> Response {
    if kind_of(request.headers()) != "multipart/form-data" {
        return next.run(request).await;
    }
    match flat(request).await {
        Ok(request) => next.run(request).await,
        Err(response) => response,
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
        // What is no text in UTF-8 has marks for what could not be read; whoever reads it tells.
        escape(&mut fields, &String::from_utf8_lossy(&bytes));
    }
    Ok(fields)
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
