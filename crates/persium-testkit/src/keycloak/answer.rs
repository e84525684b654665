//! The bodies and headers that Keycloak's answers are made of.

use serde::Serialize;

use crate::message::{Framing, Reply, Request};

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<&'a str>,
}

/// RFC 6749 §5.2, of an endpoint that forbids storing.
pub(super) fn error(status: u16, error: &str, description: &str) -> Reply {
    unstored(status).with_json(&ErrorBody { error, error_description: Some(description) })
}

/// A JSON answer that must not be stored (RFC 6749 §5.1).
pub(super) fn unstored(status: u16) -> Reply {
    let reply = Reply::empty(status, Framing::Lower).with_header("Cache-Control", "no-store");
    secure(reply.with_header("Pragma", "no-cache").with_header("Content-Type", "application/json"))
}

/// A JSON document with the caching that its page asks for.
pub(super) fn document(caching: &'static str, content_type: &'static str) -> Reply {
    let reply = Reply::empty(200, Framing::Lower).with_header("Cache-Control", caching);
    secure(reply.with_header("Content-Type", content_type))
}

/// What routing itself says: one key of prose, or a page for whoever takes HTML.
pub(super) fn prose(request: &Request, status: u16, text: &str) -> Reply {
    let reply = Reply::empty(status, Framing::Lower);
    if request.header("accept").is_some_and(|accept| accept.contains("text/html")) {
        let policy = "frame-src 'self'; frame-ancestors 'self'; object-src 'none';";
        let reply = reply.with_header("Content-Security-Policy", policy);
        let mut reply = secure(reply.with_header("Content-Type", "text/html;charset=utf-8"));
        reply.body = page(status).into_bytes();
        return reply;
    }
    let reply = secure(reply.with_header("Content-Type", "application/json"));
    reply.with_json(&ErrorBody { error: text, error_description: None })
}

/// Outside of everything Keycloak knows: its web server's words, without its security headers.
pub(super) fn no_such_resource() -> Reply {
    let body = ErrorBody { error: "Unable to find matching target resource method", error_description: None };
    Reply::empty(404, Framing::Lower).with_header("Content-Type", "application/json").with_json(&body)
}

pub(super) fn not_normalized() -> Reply {
    let body =
        ErrorBody { error: "missingNormalization", error_description: Some("Request path not normalized") };
    let reply = Reply::empty(400, Framing::Lower);
    reply.with_header("Content-Type", "application/json; charset=UTF-8").with_json(&body)
}

/// A form that cannot be decoded: an exception that nobody caught.
pub(super) fn uncaught() -> Reply {
    let body = ErrorBody {
        error: "unknown_error",
        error_description: Some("For more on this error consult the server log."),
    };
    let reply = Reply::empty(500, Framing::Lower).with_header("Content-Type", "application/json");
    secure(reply).with_json(&body)
}

/// A content type that cannot be parsed: the web server's exception, before Keycloak sees the request.
pub(super) fn bad_content_type(nonce: uuid::Uuid) -> Reply {
    #[derive(Serialize)]
    struct Exception {
        details: String,
        stack: &'static str,
    }
    let reply = Reply::empty(500, Framing::Lower);
    let body = Exception { details: format!("Error id {nonce}-1"), stack: "" };
    reply.with_header("Content-Type", "application/json; charset=utf-8").with_json(&body)
}

fn secure(reply: Reply) -> Reply {
    reply
        .with_header("Referrer-Policy", "no-referrer")
        .with_header("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        .with_header("X-Content-Type-Options", "nosniff")
        .with_header("X-Frame-Options", "SAMEORIGIN")
        .with_header("X-Robots-Tag", "none")
}

fn page(status: u16) -> String {
    let title = if status == 404 { "Page not found" } else { "An internal server error has occurred" };
    format!(
        "<!DOCTYPE html>\n<html class=\"login-pf\" lang=\"en\">\n\n<head>\n    <meta charset=\"utf-8\">\n    \
         <title>Sign in</title>\n</head>\n<body><h1>We are sorry...</h1><p>{title}</p></body>\n</html>\n"
    )
}
