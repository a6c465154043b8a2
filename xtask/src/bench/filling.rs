//! Loads a store in bulk: live templates, coupons that are available with their tallies and the event
//! of their claim, shoppers, products. `quan doctor` finds its books to balance. What it has not is a
//! past: no orders, no used or expired coupons, no audit trail.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::Result;

use super::cast::{self, CATEGORIES, PRODUCTS, Size, WALLET};
use crate::{
    steps::Step,
    stores::{Kind, Store},
};

/// What it took.
pub(crate) struct Filled {
    pub(crate) time: Duration,
    pub(crate) bytes: u64,
}

/// `folder` takes what is written down on the way.
pub(crate) fn fill(step: &Step, store: &Store, folder: &Path, size: Size) -> Result<Filled> {
    let begun = Instant::now();
    let coupons = folder.join("coupons.csv");
    step.show("writing coupons down");
    write_coupons(&coupons, size)?;
    step.show("loading");
    load_coupons(step, store, folder, &coupons, size)?;
    let time = begun.elapsed();
    fs::remove_file(coupons)?;
    Ok(Filled { time, bytes: store.bytes()? })
}

fn write_coupons(file: &Path, size: Size) -> Result<()> {
    let mut shoppers = Vec::new();
    for n in 0..size.shoppers() {
        shoppers.push((cast::shopper(n)?.bucket(), n));
    }
    shoppers.sort_unstable();
    let mut file = BufWriter::new(File::create(file)?);
    for (bucket, n) in shoppers {
        let shopper = cast::shopper(n)?;
        for place in 0..WALLET {
            let code = cast::code(&shopper, n, place);
            let template = size.template_of(n, place);
            writeln!(file, "{},{shopper},{place},{code},{template}", bucket.number())?;
        }
    }
    file.flush()?;
    Ok(())
}

fn load_coupons(
    step: &Step,
    store: &Store,
    folder: &Path,
    coupons: &Path,
    size: Size,
) -> Result<()> {
    let (templates, catalogue) = (templates(store.kind, size)?, catalogue());
    // The coupons were claimed a day ago.
    let day_ago = SystemTime::now().duration_since(UNIX_EPOCH)? - Duration::from_secs(86_400);
    let now = day_ago.as_micros().to_string();
    // Whichever local day that is, as nothing is claimed on it any more.
    let day = (day_ago.as_secs() / 86_400).to_string();
    let made = [
        ("{now}", now.as_str()),
        ("{day}", &day),
        ("{templates}", &templates),
        ("{catalogue}", &catalogue),
    ];
    let large = "'coupons', 'tallies', 'events'";
    let script = Script { text: include_str!("filling.sql"), coupons, large, made: &made };
    script.load(step, store, folder)
}

/// What fills a store, and what its tokens mean beside those of the dialect, in this order.
pub(super) struct Script<'a> {
    pub(super) text: &'a str,
    /// A table of coupons that was written down.
    pub(super) coupons: &'a Path,
    /// Tables whose indexes are made when all is in, as a list in SQL.
    pub(super) large: &'a str,
    pub(super) made: &'a [(&'a str, &'a str)],
}

impl Script<'_> {
    pub(super) fn load(&self, step: &Step, store: &Store, folder: &Path) -> Result<()> {
        let script = folder.join("filling.sql");
        fs::write(&script, self.said(store.kind, folder))?;
        store.run(step, &script)?;
        fs::remove_file(script)?;
        Ok(())
    }

    /// In the store's dialect.
    fn said(&self, kind: Kind, folder: &Path) -> String {
        let (coupons, folder) = (self.coupons.display(), folder.display().to_string());
        let import = match kind {
            Kind::Postgres => format!(r"\copy made_coupons FROM '{coupons}' (FORMAT csv)"),
            Kind::Sqlite => format!(".import --csv '{coupons}' made_coupons"),
        };
        let words = match kind {
            Kind::Postgres => POSTGRES,
            Kind::Sqlite => SQLITE,
        };
        let put_off =
            [("{import}", import.as_str()), ("{large}", self.large), ("{folder}", &folder)];
        let replace = |text: String, (token, meaning): &(&str, &str)| text.replace(token, meaning);
        words.iter().chain(&put_off).chain(self.made).fold(self.text.to_owned(), replace)
    }
}

/// Keys and indexes of what is large are made when all is in, and until then nothing is durable:
/// that inserts much faster. At the end it is as it was, and as tidy as autovacuum leaves it.
const POSTGRES: &[(&str, &str)] = &[
    ("{int}", "BIGINT"),
    ("{id}", "UUID"),
    ("{true}", "TRUE"),
    ("{fresh_id}", "gen_random_uuid()"),
    ("{no_id}", "'00000000-0000-0000-0000-000000000000'::uuid"),
    (
        "{begin}",
        r"ALTER SYSTEM SET fsync = off;
ALTER SYSTEM SET full_page_writes = off;
ALTER SYSTEM SET autovacuum = off;
ALTER SYSTEM SET max_wal_size = '2GB';
ALTER SYSTEM SET checkpoint_timeout = '1h';
SELECT pg_reload_conf() \g /dev/null
SET maintenance_work_mem = '512MB';
SET work_mem = '256MB';
CREATE TEMP TABLE put_off AS
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS off,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
        pg_get_constraintdef(oid)) AS back
FROM pg_constraint WHERE conrelid::regclass::text IN ({large}) AND contype IN ('p', 'u')
UNION ALL
SELECT format('DROP INDEX %s', indexrelid::regclass),
    replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
FROM pg_index WHERE indrelid::regclass::text IN ({large})
    AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid);
SELECT off FROM put_off \gexec",
    ),
    (
        "{end}",
        r"DROP TABLE made_coupons CASCADE;
SELECT back FROM put_off \gexec
VACUUM (ANALYZE);
ALTER SYSTEM RESET ALL;
SELECT pg_reload_conf() \g /dev/null
CHECKPOINT;",
    ),
];

const SQLITE: &[(&str, &str)] = &[
    ("{int}", "INTEGER"),
    ("{id}", "BLOB"),
    ("{true}", "1"),
    ("{fresh_id}", "randomblob(16)"),
    ("{no_id}", "zeroblob(16)"),
    (
        "{begin}",
        "PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -1000000;
.output '{folder}/back.sql'
SELECT sql || ';' FROM sqlite_schema
WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({large});
.output '{folder}/off.sql'
SELECT 'DROP INDEX ' || name || ';' FROM sqlite_schema
WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({large});
.output
.read '{folder}/off.sql'",
    ),
    ("{end}", ".read '{folder}/back.sql'"),
];

/// One statement each: SQLite takes none that is longer than a megabyte.
fn templates(kind: Kind, size: Size) -> Result<String> {
    let mut sql = String::new();
    for n in 0..size.templates {
        let draft = cast::draft(n)?;
        let id = match kind {
            Kind::Postgres => format!("'{}'", cast::template_id(n)),
            Kind::Sqlite => format!("X'{}'", cast::template_id(n)),
        };
        writeln!(
            sql,
            "INSERT INTO made_templates VALUES ({n}, {id}, '{}', '{}', {}, '{}');",
            draft.name,
            draft.benefit.kind().as_str(),
            cast::days(n),
            serde_json::to_string(&draft)?,
        )?;
    }
    Ok(sql)
}

fn catalogue() -> String {
    let category = |n: u64| {
        let id = cast::category_name(n);
        format!("INSERT INTO categories (id, name) VALUES ('{id}', 'Category {n}');\n")
    };
    let product = |n: u64| {
        let (id, category) = (cast::product_name(n), cast::category_name(n % CATEGORIES));
        let price = cast::price(n);
        format!(
            "INSERT INTO products (id, name, category, price) \
             VALUES ('{id}', 'Product {n}', '{category}', {price});\n"
        )
    };
    (0..CATEGORIES).map(category).chain((0..PRODUCTS).map(product)).collect()
}
