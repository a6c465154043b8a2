//! Parts of pages that know no business word.

pub mod band;
pub mod bar;
pub mod button;
pub mod card;
pub mod field;
pub mod figure;
pub mod frame;
pub mod head;
pub mod icon;
pub mod notice;
pub mod pager;
pub mod qr;
pub mod table;
pub mod time;
pub mod torn;

pub use band::Band;
pub use bar::Bar;
pub use button::{Button, LINK, LinkButton, Look, Size};
pub use card::{CHIPS, Card, Chip, ChipLink, Empty, Tone};
pub use field::{Field, Hidden};
pub use figure::Stat;
pub use frame::{BareFrame, OpsFrame, ShopFrame};
pub use head::{Back, PageHead};
pub use icon::{Glyph, Icon};
pub use notice::{Errors, Notice, Said};
pub use pager::Pager;
pub use qr::Qr;
pub use time::Moment;
pub use torn::TornTicket;
