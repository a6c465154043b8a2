//! Icons: drawn within the page, in the colour of the text they stand beside. They say nothing to
//! screen readers; the words beside them do.

use leptos::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    Alert,
    Basket,
    Calendar,
    Check,
    ChevronDown,
    ChevronLeft,
    ChevronRight,
    Clock,
    Copy,
    Cross,
    Download,
    Filter,
    Info,
    Key,
    Link,
    Menu,
    Minus,
    Moon,
    Overview,
    Pause,
    Pencil,
    People,
    Play,
    Plus,
    Print,
    Screen,
    Search,
    Share,
    Shield,
    SignOut,
    Stop,
    Sun,
    Ticket,
    Tongue,
    User,
    Wallet,
}

impl Glyph {
    /// One path on a ground of 24 by 24, drawn by its outline.
    fn path(self) -> &'static str {
        match self {
            Self::Alert => "M12 4 2.8 19.5h18.4zM12 10v4M12 17h.01",
            Self::Basket => {
                "M3 10h18l-1.6 8.2a2 2 0 0 1-2 1.8H6.6a2 2 0 0 1-2-1.8zM8 10l3-6M16 10l-3-6M9.5 13.5v3M14.5 13.5v3"
            }
            Self::Calendar => "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
            Self::Check => "m5 12.5 4.5 4.5L19 7.5",
            Self::ChevronDown => "m6 9 6 6 6-6",
            Self::ChevronLeft => "m15 6-6 6 6 6",
            Self::ChevronRight => "m9 6 6 6-6 6",
            Self::Clock => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
            Self::Copy => {
                "M9 9h10v10a1 1 0 0 1-1 1h-8a1 1 0 0 1-1-1zM15 9V5a1 1 0 0 0-1-1H5a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h4"
            }
            Self::Cross => "m6 6 12 12M18 6 6 18",
            Self::Download => "M12 4v11M8 11.5l4 3.5 4-3.5M5 20h14",
            Self::Filter => "M4 5h16l-6 8v5l-4 2v-7z",
            Self::Info => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01",
            Self::Key => "M8 19a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM11 12l8-8M16 7l3 3M13.5 9.5l2 2",
            Self::Link => {
                "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.3 1.3M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.3-1.3"
            }
            Self::Menu => "M4 7h16M4 12h16M4 17h16",
            Self::Minus => "M5 12h14",
            Self::Moon => "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
            Self::Overview => "M4 4h6v9H4zM14 11h6v9h-6zM4 17h6v3H4zM14 4h6v3h-6z",
            Self::Pause => "M8 5v14M16 5v14",
            Self::Pencil => {
                "m4 20 1-4.5L16 4.5a2 2 0 0 1 3 0l.5.5a2 2 0 0 1 0 3L8.5 19zM14 6.5l3.5 3.5"
            }
            Self::People => {
                "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6M18.5 14.5a6.5 6.5 0 0 1 3 5.5"
            }
            Self::Play => "M7 4.5v15l12-7.5z",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Print => {
                "M7 9V4h10v5M7 17H5a2 2 0 0 1-2-2v-4a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v4a2 2 0 0 1-2 2h-2M7 14h10v6H7z"
            }
            Self::Screen => "M4 5h16v11H4zM9 20h6M12 16v4",
            Self::Search => "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20.5 20.5 16 16",
            Self::Share => "M12 15V4M8 7.5 12 4l4 3.5M7 11H5v9h14v-9h-2",
            Self::Shield => "M12 3.5 19 6v5.5c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6z",
            Self::SignOut => "M14 4h5v16h-5M4 12h10M10.5 8.5 14 12l-3.5 3.5",
            Self::Stop => "M6 6h12v12H6z",
            Self::Sun => {
                "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5V4M12 20v1.5M5.3 5.3l1 1M17.7 17.7l1 1M2.5 12H4M20 12h1.5M5.3 18.7l1-1M17.7 6.3l1-1"
            }
            Self::Ticket => {
                "M3 8a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v2a2 2 0 0 0 0 4v2a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-2a2 2 0 0 0 0-4zM14 6.5v2M14 11v2M14 15.5v2"
            }
            Self::Tongue => {
                "M3.5 6h9M8 4v2M11 6c-1 4-3.5 6.5-7 8M5.5 9c1 2 3 4 5.5 5M12 20l4-9 4 9M13.4 17h5.2"
            }
            Self::User => "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0",
            Self::Wallet => {
                "M17 9V7a1 1 0 0 0-1-1H5a2 2 0 0 0 0 3h14a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7.5M16.5 14h.01"
            }
        }
    }
}

const SIZE: &str = class!("h-5 w-5 shrink-0");

/// As tall as the text beside it, or as `class` says.
#[component]
pub fn Icon(glyph: Glyph, #[prop(default = SIZE)] class: &'static str) -> impl IntoView {
    view! {
        <svg
            class=class
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=glyph.path() />
        </svg>
    }
}
