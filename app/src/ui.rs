//! Parts of pages that know no business word.

pub mod bar;
pub mod button;
pub mod card;
pub mod field;
pub mod frame;
pub mod notice;
pub mod pager;
pub mod time;

pub use bar::Bar;
pub use button::{Button, LinkButton, Look};
pub use card::{Card, Chip, Empty, Tone};
pub use field::{Field, Hidden};
pub use frame::{OpsFrame, ShopFrame};
pub use notice::{Errors, Notice, Said};
pub use pager::Pager;
pub use time::Moment;
