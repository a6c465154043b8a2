//! One column of a table that somebody sends as CSV, and the lines its cells stand in.

/// The cells of a column, each with its line. Text is text, and rows of any length are read, so nothing
/// can be wrong with a table that has the column; whatever else it has is passed over.
pub(crate) struct Column<'a> {
    reader: csv::Reader<&'a [u8]>,
    record: csv::StringRecord,
    place: usize,
    /// Where lines end in two characters, the reader counts one line too few.
    missed: u64,
}

impl<'a> Column<'a> {
    /// The column with this head, which is line 1; `None` where there is no such column. Cells may be
    /// parted by semicolons or tabs too, as spreadsheets do.
    pub(crate) fn of_csv(text: &'a str, head: &str) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let heads = text.split('\n').next().unwrap_or_default();
        let parted_by = [b';', b'\t'].into_iter().find(|by| heads.as_bytes().contains(by));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(parted_by.unwrap_or(b','))
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut record = csv::StringRecord::new();
        reader.read_record(&mut record).ok()?;
        let place = record.iter().position(|cell| cell.eq_ignore_ascii_case(head))?;
        Some(Self { reader, record, place, missed: u64::from(heads.ends_with('\r')) })
    }
}

impl Iterator for Column<'_> {
    type Item = (u64, String);

    fn next(&mut self) -> Option<Self::Item> {
        let is_there = self.reader.read_record(&mut self.record).is_ok_and(|is_there| is_there);
        let line = self.record.position().map_or(0, csv::Position::line);
        is_there.then(|| {
            (line + self.missed, self.record.get(self.place).unwrap_or_default().to_owned())
        })
    }
}
