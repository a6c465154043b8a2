//! How tables look: names to the left, numbers to the right, the head in place while rows pass.

/// Around the table: wide ones scroll by themselves, never the page.
pub const AROUND: &str = class!("overflow-x-auto");
pub const TABLE: &str = class!("w-full border-collapse");
pub const HEAD: &str =
    class!("sticky top-0 bg-surface px-2 py-2 text-left text-sm font-medium text-muted");
pub const HEAD_NUMBER: &str =
    class!("sticky top-0 bg-surface px-2 py-2 text-right text-sm font-medium text-muted");
pub const CELL: &str = class!("px-2 py-2 text-left align-top font-normal");
pub const NUMBER: &str = class!("px-2 py-2 text-right align-top tabular-nums");
