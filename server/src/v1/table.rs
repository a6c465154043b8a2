//! Tables of many rows, as JSON or CSV: read whole or not at all, and every line that is wrong is
//! told.

use app::context::{Rows, WrongLines};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use domain::{Currency, FieldError, Problem as Wrong, Refusal};
use serde::de::DeserializeOwned;
use tokio::task::spawn_blocking;

use super::{
    call::{kind_of, read},
    reading::{Reader, from_json},
};
use crate::{problem::Problem, state::AppState};

/// The most that a table brings.
const LIMIT: usize = 32 * 1024 * 1024;
const ROWS_MAX: usize = 100_000;
/// Columns that every table has.
const NEEDED: [&str; 2] = ["id", "name"];

/// A row as it comes; `id` and `name` are needed, other cells may be empty.
pub(crate) trait Row: DeserializeOwned + Send + 'static {
    /// The headers in a CSV file, the fields in JSON.
    const COLUMNS: &'static [&'static str];
    /// What a row says.
    type Read: Send + 'static;

    /// Reads the row of this number; fields are called `<row>.<column>`.
    fn read(self, row: usize, reader: &mut Reader) -> Option<Self::Read>;
}

/// A table that was read, and where its rows stood.
pub(crate) struct Table<R: Row> {
    pub(crate) rows: Vec<R::Read>,
    lines: Lines,
}

/// The line of each row: in CSV the one it begins in, in JSON its place from 1.
enum Lines {
    Csv(Vec<u64>),
    Json,
}

/// Rows as they come, and the line that each begins in.
type Given<R> = (Vec<R>, Lines);

impl<R: Row> FromRequest<AppState> for Table<R> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let parse: fn(&Bytes) -> Result<Given<R>, Problem> = match kind_of(&parts.headers).as_str()
        {
            "application/json" => json,
            "text/csv" => csv,
            _ => return Err(Problem::UnsupportedMediaType),
        };
        let bytes = read::<LIMIT>(body).await?;
        let currency = state.engine.settings().currency;
        // Long enough to be in the way of others, who take turns on this thread.
        let table = spawn_blocking(move || Self::of(parse(&bytes)?, currency)).await;
        table.map_err(engine::Error::from)?
    }
}

/// A table as CSV, for whoever has it without a call: the same is read, and the same is told.
pub(crate) fn of_csv<R: Row>(text: &str, currency: Currency) -> Result<Rows<R::Read>, WrongLines> {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    let table = csv::<R>(&bytes).and_then(|given| Table::<R>::of(given, currency));
    match table {
        Ok(Table { rows, lines: Lines::Csv(lines) }) => Ok(Rows { rows, lines }),
        Err(Problem::Lines(lines)) => Err(lines),
        Ok(Table { lines: Lines::Json, .. }) | Err(_) => {
            Err(vec![(1, FieldError::new("", Wrong::Unknown))])
        }
    }
}

impl<R: Row> Table<R> {
    fn of((given, lines): Given<R>, currency: Currency) -> Result<Self, Problem> {
        let mut reader = Reader::new(currency);
        let rows = given.into_iter().enumerate().map(|(i, row)| row.read(i, &mut reader));
        let rows: Vec<Option<R::Read>> = rows.collect();
        match reader.done(rows.into_iter().collect()) {
            Ok(rows) => Ok(Self { rows, lines }),
            Err(problem) => Err(lines.tell(problem)),
        }
    }

    /// A problem with rows, as one with lines.
    pub(crate) fn tell(&self, problem: impl Into<Problem>) -> Problem {
        self.lines.tell(problem.into())
    }
}

impl Lines {
    fn of(&self, row: usize) -> u64 {
        match self {
            Self::Csv(lines) => lines.get(row).copied().unwrap_or_default(),
            Self::Json => row as u64 + 1,
        }
    }

    fn tell(&self, problem: Problem) -> Problem {
        let Problem::Refused(Refusal::Invalid { fields }, _) = problem else { return problem };
        let line = |error: FieldError| {
            let (row, field) = error.field.split_once('.').unwrap_or((&error.field, ""));
            let line = row.parse().map(|row| self.of(row)).unwrap_or_default();
            (line, FieldError::new(field, error.problem))
        };
        let mut lines: Vec<_> = fields.into_iter().map(line).collect();
        lines.sort_by_key(|(line, _)| *line);
        Problem::Lines(lines)
    }
}

fn json<R: Row>(bytes: &Bytes) -> Result<Given<R>, Problem> {
    let rows: Vec<R> = from_json(bytes).map_err(|problem| Lines::Json.tell(problem))?;
    if rows.len() > ROWS_MAX {
        return Err(too_many(ROWS_MAX as u64 + 1));
    }
    Ok((rows, Lines::Json))
}

fn csv<R: Row>(bytes: &Bytes) -> Result<Given<R>, Problem> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| Problem::unreadable("", error.to_string()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| wrong_csv(&error))?.clone();
    check_headers::<R>(&headers)?;
    let (mut rows, mut lines, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for record in reader.records() {
        match record.and_then(|record| {
            let line = record.position().map_or(0, csv::Position::line);
            Ok((line, record.deserialize(Some(&headers))?))
        }) {
            Ok((line, _)) if rows.len() == ROWS_MAX => return Err(too_many(line)),
            Ok((line, row)) => {
                rows.push(row);
                lines.push(line);
            }
            Err(error) => match wrong_csv(&error) {
                Problem::Lines(lines) => wrong.extend(lines),
                problem => return Err(problem),
            },
        }
    }
    if wrong.is_empty() { Ok((rows, Lines::Csv(lines))) } else { Err(Problem::Lines(wrong)) }
}

fn check_headers<R: Row>(headers: &csv::StringRecord) -> Result<(), Problem> {
    let mut wrong = Vec::new();
    for (i, header) in headers.iter().enumerate() {
        if !R::COLUMNS.contains(&header) {
            wrong.push((1, FieldError::new(header, Wrong::Unknown)));
        } else if headers.iter().take(i).any(|before| before == header) {
            wrong.push((1, FieldError::new(header, Wrong::Duplicate)));
        }
    }
    let missing = NEEDED.iter().filter(|needed| headers.iter().all(|header| header != **needed));
    wrong.extend(missing.map(|needed| (1, FieldError::new(*needed, Wrong::Required))));
    if wrong.is_empty() { Ok(()) } else { Err(Problem::Lines(wrong)) }
}

/// A row with more or fewer cells than there are headers is a wrong line; nothing else can be wrong
/// with text.
fn wrong_csv(error: &csv::Error) -> Problem {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos: Some(pos), expected_len, len } => {
            let wrong = if len > expected_len {
                Wrong::TooMany { max: *expected_len }
            } else {
                Wrong::TooFew { min: *expected_len }
            };
            Problem::Lines(vec![(pos.line(), FieldError::new("", wrong))])
        }
        _ => Problem::unreadable("", error.to_string()),
    }
}

fn too_many(line: u64) -> Problem {
    Problem::Lines(vec![(line, FieldError::new("", Wrong::TooMany { max: ROWS_MAX as u64 }))])
}
