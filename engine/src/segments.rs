//! Who is in a segment, told as a list: read whole and refused whole, with every line that is wrong.
//! What is right is then gone through in chunks, between which those who claim go first, in a task of
//! its own. Whoever is in already stays in once, so a list that broke off on the way is sent again.

use std::collections::{BTreeSet, HashSet};

use domain::actor::{Actor, Editor, Reader};
use domain::ids::check_reference;
use domain::{FieldError, Problem, Refusal, ShopperId};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};
use serde_json::{Value, json};

use crate::accounts::{self, Meanings};
use crate::changes::{self, Change};
use crate::columns::Column;
use crate::entity::shopper;
use crate::issuance::after_claims;
use crate::shoppers::SEGMENTS_MAX;
use crate::store::rows::{self, rows};
use crate::store::shoppers::{bucket, facts};
use crate::store::sql;
use crate::tx::Tx;
use crate::{Engine, Result};

/// The most shoppers of one list.
pub const MOST: usize = 100_000;

/// How many are written in one transaction.
const CHUNK: usize = 1_000;

/// The column of a table that says who.
const COLUMN: &str = "shopper";

/// What is done with those in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// They are in the segment from now on.
    Add,
    /// They are not any more.
    Remove,
}

impl Action {
    /// Reads `add` or `remove`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "add" => Some(Self::Add),
            "remove" => Some(Self::Remove),
            _ => None,
        }
    }

    /// The word in the audit trail.
    fn past(self) -> &'static str {
        match self {
            Self::Add => "added",
            Self::Remove => "removed",
        }
    }
}

/// Shoppers, each once, with the lines they stand in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List(Vec<(u64, ShopperId)>);

impl List {
    /// A table as CSV; its column `shopper` says who, and whatever else it has is passed over. Cells
    /// may be parted by semicolons or tabs too, as spreadsheets do. Refuses `invalid` with fields such
    /// as `12.shopper`, by the line; the head is line 1.
    pub fn of_csv(text: &str) -> Result<Self> {
        let Some(cells) = Column::of_csv(text, COLUMN) else {
            return refuse(vec![wrong(1, Problem::Required)]).map(|()| Self::default());
        };
        let (mut list, mut seen, mut fields) = (Vec::new(), HashSet::new(), Vec::new());
        for (line, cell) in cells {
            match ShopperId::new(cell) {
                _ if list.len() == MOST => {
                    fields.push(wrong(line, Problem::TooMany { max: MOST as u64 }));
                    break;
                }
                Err(problem) => fields.push(wrong(line, problem)),
                Ok(shopper) if !seen.insert(shopper.clone()) => {
                    fields.push(wrong(line, Problem::Duplicate));
                }
                Ok(shopper) => list.push((line, shopper)),
            }
        }
        if list.is_empty() && fields.is_empty() {
            fields.push(wrong(1, Problem::TooFew { min: 1 }));
        }
        refuse(fields)?;
        Ok(Self(list))
    }

    /// The same list with the ids of those whom it names by what they sign in with, as a grant reads
    /// them. Refuses `invalid` with every line that means nobody, or somebody once more.
    pub async fn meant(self, engine: &Engine, _: &Editor) -> Result<Self> {
        let (mut list, mut seen, mut fields) = (Vec::new(), HashSet::new(), Vec::new());
        for chunk in self.0.chunks(CHUNK) {
            let typed = chunk.iter().map(|(_, typed)| typed.as_str());
            let meanings = Meanings::of(engine.reader(), typed).await?;
            for (line, typed) in chunk {
                match meanings.read(typed.as_str()) {
                    Err(problem) => fields.push(wrong(*line, problem)),
                    Ok(shopper) if !seen.insert(shopper.clone()) => {
                        fields.push(wrong(*line, Problem::Duplicate));
                    }
                    Ok(shopper) => list.push((*line, shopper)),
                }
            }
        }
        refuse(fields)?;
        Ok(Self(list))
    }

    /// Those in it whom nobody here has heard of, in their order.
    pub async fn strangers(&self, engine: &Engine, _: &Editor) -> Result<Vec<ShopperId>> {
        let mut strangers = Vec::new();
        for chunk in self.0.chunks(CHUNK) {
            let ids: Vec<ShopperId> = chunk.iter().map(|(_, shopper)| shopper.clone()).collect();
            let known = accounts::known(engine.reader(), ids.clone()).await?;
            strangers.extend(ids.into_iter().filter(|shopper| !known.contains(shopper)));
        }
        Ok(strangers)
    }
}

rows! {
    struct Member { bucket: i64, shopper: String }
    struct Placed { bucket: i64, shopper: String, segments: String }
}

/// Puts those in a list into a segment, or takes them out; answers how many stand in the list. One who
/// is not known yet is known from then on. Refuses `invalid` with the field `segment`, or with fields
/// such as `12.shopper` where somebody is in too many segments already.
pub async fn change(
    engine: &Engine,
    editor: &Editor,
    segment: &str,
    action: Action,
    list: &List,
) -> Result<usize> {
    let segment = segment.trim();
    check_reference(segment).map_err(|problem| Refusal::invalid("segment", problem))?;
    if action == Action::Add {
        check_room(engine, segment, list).await?;
    }
    // In the order in which everybody takes shoppers' rows.
    let mut members: Vec<Member> = list.0.iter().map(|(_, shopper)| member(shopper)).collect();
    members.sort_by(|a, b| (a.bucket, &a.shopper).cmp(&(b.bucket, &b.shopper)));
    let changing = Changing { segment: segment.to_owned(), action, actor: editor.actor(), members };
    tokio::spawn(go_through(engine.clone(), changing)).await?
}

/// What is to be done, by whom.
struct Changing {
    segment: String,
    action: Action,
    actor: Actor,
    members: Vec<Member>,
}

/// Goes through all of them, also when whoever asked has gone away. The trail tells it with the last of
/// them; where it breaks off before, how far it came.
async fn go_through(engine: Engine, changing: Changing) -> Result<usize> {
    let (engine, changing) = (&engine, &changing);
    let all = changing.members.len();
    let mut done = 0;
    for chunk in changing.members.chunks(CHUNK) {
        after_claims(engine).await;
        let is_last = done + chunk.len() == all;
        let written = engine.transact(None, |tx| async move {
            write(engine, &tx, &changing.segment, changing.action, chunk).await?;
            if is_last {
                record(engine, &tx, changing, json!({ "shoppers": all })).await?;
            }
            Ok(Some(()))
        });
        if let Err(error) = written.await {
            if done > 0 {
                let told = engine.transact(None, |tx| async move {
                    let told = json!({ "shoppers": done, "of": all });
                    record(engine, &tx, changing, told).await.map(Some)
                });
                told.await?;
            }
            return Err(error);
        }
        done += chunk.len();
    }
    Ok(all)
}

fn member(shopper: &ShopperId) -> Member {
    Member { bucket: bucket(shopper), shopper: shopper.to_string() }
}

/// Nobody is in more segments than one may be.
async fn check_room(engine: &Engine, segment: &str, list: &List) -> Result<()> {
    let mut fields = Vec::new();
    for chunk in list.0.chunks(CHUNK) {
        let ids = chunk.iter().map(|(_, shopper)| shopper.clone());
        let facts = facts(engine.reader(), ids).await?;
        let is_full = |shopper: &ShopperId| {
            let segments = facts.get(shopper).map(|facts| &facts.segments);
            segments.is_some_and(|all| all.len() >= SEGMENTS_MAX && !all.contains(segment))
        };
        let full = chunk.iter().filter(|(_, shopper)| is_full(shopper));
        let problem = Problem::TooMany { max: SEGMENTS_MAX as u64 };
        fields.extend(full.map(|(line, _)| wrong(*line, problem.clone())));
    }
    refuse(fields)
}

async fn write(
    engine: &Engine,
    tx: &Tx,
    segment: &str,
    action: Action,
    members: &[Member],
) -> Result<()> {
    const MAKE: &str = "INSERT INTO shoppers (bucket, id, created_at)
        SELECT bucket, shopper, $2 FROM {rows} WHERE TRUE ON CONFLICT DO NOTHING";
    const WRITE: &str = "UPDATE shoppers SET segments = rows.segments FROM {rows}
        WHERE {shoppers by bucket, id = shopper}";
    let lock = match tx.get_database_backend() {
        DbBackend::Postgres => "FOR NO KEY UPDATE OF shoppers",
        _ => "",
    };
    let read = format!(
        "SELECT shoppers.* FROM {{rows}} JOIN shoppers ON {{shoppers by bucket, id = shopper}}
        ORDER BY rows.bucket, shoppers.id {lock}"
    );
    if action == Action::Add {
        let values = [engine.now().timestamp_micros().into()];
        tx.execute_raw(rows::statement(tx, MAKE, members, values)?).await?;
    }
    let read = rows::statement(tx, &read, members, [])?;
    let mut placed = Vec::new();
    for known in shopper::Entity::find().from_raw_sql(read).all(tx).await? {
        let mut segments: BTreeSet<String> = serde_json::from_str(&known.segments)?;
        let is_changed = match action {
            Action::Add => segments.insert(segment.to_owned()),
            Action::Remove => segments.remove(segment),
        };
        if is_changed {
            let segments = serde_json::to_string(&segments)?;
            placed.push(Placed { bucket: known.bucket, shopper: known.id, segments });
        }
    }
    tx.execute_raw(rows::statement(tx, WRITE, &placed, [])?).await?;
    Ok(())
}

async fn record(engine: &Engine, tx: &Tx, changing: &Changing, told: Value) -> Result<()> {
    let change = Change {
        actor: changing.actor.clone(),
        subject_kind: "segment",
        subject: changing.segment.clone(),
        action: changing.action.past(),
        new: Some(told),
        ..Change::default()
    };
    changes::record(tx, change, engine.now()).await
}

/// How many shoppers are in a segment; it looks at all of them.
pub async fn count(engine: &Engine, _: &impl Reader, segment: &str) -> Result<u64> {
    let db = engine.reader();
    // As it stands in the list that is kept: a quotation mark within a name is written another way.
    let within = match db.get_database_backend() {
        DbBackend::Postgres => "strpos(segments, $1) > 0",
        _ => "instr(segments, $1) > 0",
    };
    let text = format!("SELECT COUNT(*) AS n FROM shoppers WHERE {within}");
    let segment = serde_json::to_string(segment.trim())?;
    let row = db.query_one_raw(sql(db, text, [segment.into()])).await?;
    let n: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(n.unsigned_abs())
}

fn wrong(line: u64, problem: Problem) -> FieldError {
    FieldError::new(format!("{line}.{COLUMN}"), problem)
}

fn refuse(fields: Vec<FieldError>) -> Result<()> {
    if fields.is_empty() { Ok(()) } else { Err(Refusal::Invalid { fields }.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    type Lines = Vec<(u64, String)>;

    fn read(text: &str) -> Result<Lines, Vec<(String, Problem)>> {
        match List::of_csv(text) {
            Ok(List(list)) => {
                Ok(list.into_iter().map(|(line, shopper)| (line, shopper.to_string())).collect())
            }
            Err(Error::Refused(Refusal::Invalid { fields })) => {
                Err(fields.into_iter().map(|wrong| (wrong.field, wrong.problem)).collect())
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_table_is_read_by_its_column() {
        let expected = vec![(2, "mei".to_owned()), (3, "bo".to_owned())];
        for text in ["shopper\nmei\nbo\n", "\u{feff}name;Shopper\r\nM;mei\r\nB; bo \r\n"] {
            assert_eq!(read(text), Ok(expected.clone()), "{text:?}");
        }
    }

    #[test]
    fn every_line_that_is_wrong_is_told() {
        let long = "x".repeat(65);
        let text = format!("shopper\nmei\n{long}\nmei\nbo,\n");
        let wrong = [
            ("3.shopper".to_owned(), Problem::TooLong { max: 64 }),
            ("4.shopper".to_owned(), Problem::Duplicate),
        ];
        assert_eq!(read(&text), Err(wrong.to_vec()));
        for text in ["", "id\nmei\n"] {
            let missing = vec![("1.shopper".to_owned(), Problem::Required)];
            assert_eq!(read(text), Err(missing), "{text:?}");
        }
        let none = vec![("1.shopper".to_owned(), Problem::TooFew { min: 1 })];
        assert_eq!(read("shopper\n"), Err(none));
    }
}
