//! Markdown of our own as a part of a page: its headings are places that links lead to, and no HTML
//! in it is taken for HTML.

use leptos::prelude::*;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

pub(super) fn markdown(text: &str) -> AnyView {
    view! { <div class="prose" inner_html=rendered(text)></div> }.into_any()
}

fn rendered(text: &str) -> String {
    let mut events = events(text);
    let ids: Vec<String> = headings(text).into_iter().map(|(id, _)| id).collect();
    let mut ids = ids.into_iter();
    for event in &mut events {
        match event {
            Event::Start(Tag::Heading { level, id, .. }) => {
                // The page has a first heading already.
                *level = (*level).max(HeadingLevel::H2);
                *id = ids.next().map(Into::into);
            }
            Event::End(TagEnd::Heading(level)) => *level = (*level).max(HeadingLevel::H2),
            Event::Html(text) | Event::InlineHtml(text) => *event = Event::Text(text.clone()),
            _ => {}
        }
    }
    let mut rendered = String::new();
    html::push_html(&mut rendered, events.into_iter());
    // What scrolls by itself must be reached by the keyboard; in text the marks are escaped.
    let rendered = rendered.replace("<pre>", "<pre tabindex=\"0\">");
    rendered.replace("<table>", "<table tabindex=\"0\">")
}

fn events(text: &str) -> Vec<Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_TABLES).collect()
}

/// The headings of a text: the place of each, and what it says.
pub(super) fn headings(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for event in events(text) {
        match (event, &mut open) {
            (Event::Start(Tag::Heading { .. }), _) => open = Some(String::new()),
            (Event::End(TagEnd::Heading(_)), Some(said)) => {
                found.push((place(said), std::mem::take(said)));
                open = None;
            }
            (Event::Text(part) | Event::Code(part), Some(said)) => said.push_str(&part),
            _ => {}
        }
    }
    found
}

/// `Keys and scopes` → `keys-and-scopes`
fn place(heading: &str) -> String {
    let words = heading.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_places_and_html_is_text() {
        let table = "| a | b |\n|---|---|\n| c | d |\n";
        let text = format!("# Keys & `scopes`\n\n<b>bold</b>\n\n```sh\ncurl <pre>\n```\n\n{table}");
        let html = rendered(&text);
        assert!(html.contains("<h2 id=\"keys-scopes\">Keys &amp; <code>scopes</code></h2>"));
        assert!(html.contains("&lt;b&gt;bold"), "{html}");
        for scrolled in ["<pre tabindex=\"0\">", "<table tabindex=\"0\">"] {
            assert_eq!(html.matches(scrolled).count(), 1, "{html}");
        }
    }
}
