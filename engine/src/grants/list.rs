//! A list of those who are to get something, as it comes: read, and laid out in pages.

use domain::{Problem, Refusal};

use crate::Result;
use crate::columns::Column;

/// The most entries of one list.
pub const MOST: u64 = 1_000_000;

/// Entries on one page, which is checked in one transaction.
pub(super) const PAGE: usize = 2_000;

/// Of a longer entry the rest is not kept: it is neither a reference nor an address in any case.
const KEPT: usize = 254;

/// The column of a table that says who.
const COLUMN: &str = "shopper";

/// Entries as they were given, in their order.
#[derive(Debug, Default)]
pub struct List {
    /// JSON lists of texts.
    pub(super) pages: Vec<String>,
    pub(super) count: u64,
    open: Vec<String>,
}

impl List {
    /// Entries one by one. Refuses `invalid` with the field `shoppers` where there are none, or more
    /// than [`MOST`].
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut list = Self::default();
        for entry in entries {
            list.add(entry)?;
        }
        list.whole()
    }

    /// One entry a line; empty lines are none, and neither is a head that says `shopper`.
    pub fn of_lines(text: &str) -> Result<Self> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let is_head = |(i, line): &(usize, &str)| *i == 0 && line.eq_ignore_ascii_case(COLUMN);
        Self::of(lines.enumerate().filter(|line| !is_head(line)).map(|(_, line)| line))
    }

    /// A table as CSV; its column `shopper` says who, and whatever else it has is passed over. Cells
    /// may be parted by semicolons or tabs too, as spreadsheets do. Refuses as [`List::of`] does, and
    /// with the field `shopper` where there is no such column.
    pub fn of_csv(text: &str) -> Result<Self> {
        let cells = Column::of_csv(text, COLUMN);
        let cells = cells.ok_or_else(|| Refusal::invalid(COLUMN, Problem::Required))?;
        let mut list = Self::default();
        for (_, cell) in cells {
            list.add(&cell)?;
        }
        list.whole()
    }

    fn add(&mut self, entry: &str) -> Result<()> {
        if self.count == MOST {
            return Err(Refusal::invalid("shoppers", Problem::TooMany { max: MOST }).into());
        }
        self.count += 1;
        // Not every store keeps control characters, and no reference has any.
        let kept = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
        self.open.push(entry.trim().chars().take(KEPT).map(kept).collect());
        if self.open.len() == PAGE { self.turn() } else { Ok(()) }
    }

    fn turn(&mut self) -> Result<()> {
        self.pages.push(serde_json::to_string(&self.open)?);
        self.open.clear();
        Ok(())
    }

    fn whole(mut self) -> Result<Self> {
        if self.count == 0 {
            return Err(Refusal::invalid("shoppers", Problem::TooFew { min: 1 }).into());
        }
        if !self.open.is_empty() {
            self.turn()?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn entries(list: Result<List>) -> Result<Vec<String>, String> {
        let list = list.map_err(|error| match error {
            Error::Refused(Refusal::Invalid { fields }) => format!("{fields:?}"),
            other => panic!("{other:?}"),
        })?;
        let read = |page: &String| serde_json::from_str::<Vec<String>>(page).unwrap();
        let entries: Vec<String> = list.pages.iter().flat_map(read).collect();
        assert_eq!(list.count, entries.len() as u64);
        Ok(entries)
    }

    #[test]
    fn a_table_is_read_by_its_column() {
        for text in [
            "shopper\nmei\nbo\n",
            "\u{feff}name;Shopper\r\n\"Mei; the first\";mei\r\nBo;bo",
            "name\tshopper\n\"two\nlines\"\tmei\n\tbo\textra\n",
            "shopper,name\n mei ,Mei\n\nbo\n",
        ] {
            assert_eq!(entries(List::of_csv(text)).unwrap(), ["mei", "bo"], "{text:?}");
        }
        for text in ["", "mei\nbo\n", "id,name\nmei,Mei"] {
            assert!(entries(List::of_csv(text)).unwrap_err().contains("\"shopper\""), "{text:?}");
        }
        assert!(entries(List::of_csv("shopper\n")).unwrap_err().contains("TooFew"));
    }

    #[test]
    fn lines_are_entries() {
        assert_eq!(entries(List::of_lines("shopper\r\n\r\n mei \r\nbo")).unwrap(), ["mei", "bo"]);
        assert!(entries(List::of_lines(" \n")).is_err());
    }

    #[test]
    fn a_long_list_has_pages_and_an_end() {
        let names: Vec<String> = (0..PAGE * 2 + 1).map(|n| n.to_string()).collect();
        let list = List::of(names.iter().map(String::as_str)).unwrap();
        assert_eq!(list.pages.len(), 3);
        assert_eq!(entries(Ok(list)).unwrap(), names);
        let many = List::of(std::iter::repeat_n("x", MOST as usize + 1));
        assert!(entries(many).unwrap_err().contains("TooMany"));
        let long = "x".repeat(1_000);
        assert_eq!(entries(List::of([long.as_str()])).unwrap()[0].len(), KEPT);
    }
}
