//! What a batch of claims is decided on, and what comes of it: read set-wise, decided in order of
//! arrival, written set-wise.

use std::collections::{HashMap, HashSet};

use domain::claim::{Claimant, Facts, Offer, ShopLimits, Tally, decide, reach};
use domain::coupon::{Kind, State};
use domain::risk::Judged;
use domain::{Channel, Code, CouponId, Refusal, ShopperId, TemplateId};
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

use super::Claim;
use crate::entity::{channel_quota, tally};
use crate::idempotency::Requests;
use crate::risk::{self, Candidate, NewHit, judge_claims};
use crate::store::events::{self, NewEvent};
use crate::store::pool_codes;
use crate::store::rows::{self, rows};
use crate::store::shoppers::{bucket, facts};
use crate::store::templates::{Template, load_templates};
use crate::store::{fresh_id_in, sql};
use crate::tx::Tx;
use crate::wallet::Coupon;
use crate::{Engine, Error, Result};

/// Everything that bears on a batch.
pub(super) struct Batch<'a> {
    engine: &'a Engine,
    templates: HashMap<TemplateId, Template>,
    facts: HashMap<ShopperId, Facts>,
    tallies: HashMap<TallyOf, Count>,
    quotas: HashMap<(TemplateId, Channel), Count>,
    held: HashMap<(ShopperId, TemplateId), Vec<Code>>,
    /// The pool codes entered that nobody has claimed yet.
    unclaimed: HashMap<Code, TemplateId>,
    made: Vec<Made>,
    requests: Requests,
    /// What risk says of each claim that comes as far.
    judged: Vec<Option<Judged>>,
    hits: Vec<NewHit>,
}

/// Whose tally: a shopper's, of one template or (nil) of the whole shop, on a day or (0) ever.
type TallyOf = (ShopperId, Uuid, i64);

/// A number as it was read (none: no row yet), and as it has become.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    was: Option<i64>,
    now: i64,
}

impl Count {
    fn read(n: i64) -> Self {
        Self { was: Some(n), now: n }
    }

    fn has_changed(self) -> bool {
        self.was.unwrap_or(0) != self.now
    }
}

struct Made {
    coupon: Coupon,
    seq: i64,
    pool_code: Option<Code>,
    is_given: bool,
}

impl Made {
    fn kind(&self) -> Kind {
        if self.is_given { Kind::Granted } else { Kind::Claimed }
    }

    fn source(&self) -> &'static str {
        match self.pool_code {
            _ if self.is_given => "grant",
            Some(_) => "pool",
            None => "claim",
        }
    }
}

rows! {
    struct TallyRow { bucket: i64, shopper: String, template: Uuid, day: i64, was: i64, taken: i64 }
    struct HeldKey { bucket: i64, shopper: String, template: Uuid }
    struct QuotaKey { template: Uuid, channel: String }
    struct ClaimedCode { bucket: i64, code: String, shopper: String, coupon: String, at: i64 }
    struct NewCoupon {
        bucket: i64,
        code: String,
        id: Uuid,
        template: Uuid,
        revision: i64,
        shopper: String,
        seq: i64,
        state: &'static str,
        channel: Option<String>,
        source: &'static str,
        claimed_at: i64,
        valid_from: i64,
        valid_until: Option<i64>,
    }
}

impl<'a> Batch<'a> {
    /// Reads all of it; `None` where another batch got in between.
    pub(super) async fn open(
        engine: &'a Engine,
        tx: &Tx,
        claims: &[Claim],
        memory: &risk::Memory<'_>,
        locked: bool,
    ) -> Result<Option<Self>> {
        let ids = || claims.iter().map(|claim| claim.template);
        let requests = claims.iter().filter_map(|claim| Some(&claim.once.as_ref()?.request));
        let mut batch = Self {
            engine,
            templates: load_templates(engine, tx, ids(), false).await?,
            facts: facts(tx, claims.iter().map(|claim| claim.shopper.clone())).await?,
            tallies: HashMap::new(),
            quotas: HashMap::new(),
            held: HashMap::new(),
            unclaimed: pool_codes::unclaimed(tx, claims.iter().filter_map(|c| c.pool_code)).await?,
            made: Vec::new(),
            requests: Requests::open(tx, requests, engine.now()).await?,
            judged: Vec::new(),
            hits: Vec::new(),
        };
        let candidates = batch.candidates(claims);
        let judged = judge_claims(engine, tx, memory, &candidates, engine.now()).await?;
        let Some(judged) = judged else { return Ok(None) };
        batch.judged = judged;
        if locked {
            // After what risk counts, or two batches would wait for each other.
            batch.templates = load_templates(engine, tx, ids(), true).await?;
            // A template may have been opened meanwhile: nobody has judged who claims it.
            let come_as_far = batch.candidates(claims);
            if candidates.iter().zip(&come_as_far).any(|(was, is)| was.is_none() && is.is_some()) {
                return Ok(None);
            }
        }
        batch.read_tallies(tx, claims).await?;
        batch.read_quotas(tx, claims).await?;
        batch.read_held(tx, claims).await?;
        Ok(Some(batch))
    }

    /// The claims as risk sees them. The same request again in one batch is no further claim: it is
    /// answered as the first one was, or told to come again.
    fn candidates(&self, claims: &[Claim]) -> Vec<Option<Candidate>> {
        let mut places = HashSet::new();
        let mut is_first = |claim: &Claim| {
            claim.once.as_ref().is_none_or(|once| places.insert(once.request.place()))
        };
        let candidate = |claim: &Claim| is_first(claim).then(|| self.candidate(claim)).flatten();
        claims.iter().map(candidate).collect()
    }

    /// The claim as risk sees it; none where it does not come so far, or was answered before.
    fn candidate(&self, claim: &Claim) -> Option<Candidate> {
        let is_new =
            claim.once.as_ref().is_none_or(|once| self.requests.check(&once.request).is_ok());
        let template = self.templates.get(&claim.template).filter(|_| is_new)?;
        let knowing = claim.knowing(template.link_token.as_deref());
        reach(&offer(template), knowing, claim.accepted_at).ok()?;
        let is_blocked = self.facts.get(&claim.shopper)?.is_blocked;
        let (who, template, is_given) = (claim.who(), claim.template, claim.is_given);
        Some(Candidate { who, template, is_blocked, is_given })
    }

    /// The tallies a claim is judged by: of the template ever, of it today, of the whole shop today.
    fn tallies_of(&self, claim: &Claim) -> [TallyOf; 3] {
        let today = self.engine.settings().time_zone.day_number(claim.accepted_at);
        let of = |template, day| (claim.shopper.clone(), template, day);
        [of(claim.template.0, 0), of(claim.template.0, today), of(Uuid::nil(), today)]
    }

    /// Those it adds to: what is given does not count to the shop's day.
    fn adds_to(&self, claim: &Claim) -> impl Iterator<Item = TallyOf> + use<> {
        let count = if claim.is_given { 2 } else { 3 };
        self.tallies_of(claim).into_iter().take(count)
    }

    async fn read_tallies(&mut self, tx: &Tx, claims: &[Claim]) -> Result<()> {
        self.tallies = claims
            .iter()
            .flat_map(|claim| self.adds_to(claim))
            .map(|of| (of, Count::default()))
            .collect();
        const READ: &str = "SELECT tallies.* FROM {rows}
            {tallies: tallies.bucket = rows.bucket AND tallies.shopper = rows.shopper
            AND tallies.template = rows.template AND tallies.day = rows.day}";
        let keys: Vec<TallyRow> = self.tallies.iter().map(|(of, count)| row(of, *count)).collect();
        let read = rows::statement(tx, READ, &keys, [])?;
        for found in tally::Entity::find().from_raw_sql(read).all(tx).await? {
            if let Ok(shopper) = ShopperId::new(found.shopper) {
                let of = (shopper, found.template, found.day);
                self.tallies.insert(of, Count::read(found.taken));
            }
        }
        Ok(())
    }

    async fn read_quotas(&mut self, tx: &Tx, claims: &[Claim]) -> Result<()> {
        let names_channels = |claim: &&Claim| {
            let template = self.templates.get(&claim.template);
            template.is_some_and(|template| !template.draft().channels.is_empty())
        };
        let mut keys = Vec::new();
        for claim in claims.iter().filter(names_channels) {
            if let Some(channel) = &claim.via.channel {
                self.quotas.insert((claim.template, channel.clone()), Count::default());
                keys.push(QuotaKey { template: claim.template.0, channel: channel.to_string() });
            }
        }
        if keys.is_empty() {
            return Ok(());
        }
        const READ: &str = "SELECT channel_quotas.* FROM {rows} {channel_quotas:
            channel_quotas.template = rows.template AND channel_quotas.channel = rows.channel}";
        let read = rows::statement(tx, READ, &keys, [])?;
        for found in channel_quota::Entity::find().from_raw_sql(read).all(tx).await? {
            if let Ok(channel) = Channel::new(found.channel) {
                let of = (TemplateId(found.template), channel);
                self.quotas.insert(of, Count::read(found.taken));
            }
        }
        Ok(())
    }

    /// The codes that shoppers hold already who may have no more, or will within this batch: a
    /// second click shows them.
    async fn read_held(&mut self, tx: &Tx, claims: &[Claim]) -> Result<()> {
        let mut asked: HashMap<(&ShopperId, TemplateId), i64> = HashMap::new();
        for claim in claims {
            *asked.entry((&claim.shopper, claim.template)).or_default() += 1;
        }
        let is_full = |claim: &&Claim| {
            // Whoever gives does not ask what somebody holds.
            if claim.is_given {
                return false;
            }
            let template = self.templates.get(&claim.template);
            let [ever, ..] = self.tallies_of(claim);
            let taken = self.tallies.get(&ever).map_or(0, |count| count.now);
            let asked = asked.get(&(&claim.shopper, claim.template)).copied().unwrap_or(0);
            let limit = template.map_or(0, |template| i64::from(template.draft().per_shopper));
            taken > 0 && taken + asked > limit
        };
        let key = |claim: &Claim| HeldKey {
            bucket: bucket(&claim.shopper),
            shopper: claim.shopper.to_string(),
            template: claim.template.0,
        };
        let keys: Vec<HeldKey> = claims.iter().filter(is_full).map(key).collect();
        if keys.is_empty() {
            return Ok(());
        }
        const READ: &str = "SELECT DISTINCT coupons.shopper, coupons.template, coupons.code,
                coupons.claimed_at
            FROM {rows} {coupons: coupons.bucket = rows.bucket
            AND coupons.shopper = rows.shopper AND coupons.template = rows.template}
            ORDER BY coupons.claimed_at DESC";
        for found in tx.query_all_raw(rows::statement(tx, READ, &keys, [])?).await? {
            let shopper = ShopperId::new(found.try_get::<String>("", "shopper")?);
            let code = Code::parse(&found.try_get::<String>("", "code")?);
            if let (Ok(shopper), Some(code)) = (shopper, code) {
                let of = (shopper, TemplateId(found.try_get("", "template")?));
                self.held.entry(of).or_default().push(code);
            }
        }
        Ok(())
    }

    /// Settles one claim, or answers it as it was answered before.
    pub(super) fn settle(&mut self, i: usize, claim: &Claim) -> Result<Coupon> {
        let Some(once) = &claim.once else {
            return Ok(self.judge(i, claim)?);
        };
        self.requests.check(&once.request)?;
        let outcome = self.judge(i, claim).map_err(Error::Refused);
        let is_spent_code =
            claim.pool_code.is_some() && matches!(&outcome, Err(Error::Refused(Refusal::NotFound)));
        // Whose it is by now is looked up outside; that answer is the one to keep.
        match is_spent_code {
            true => self.requests.leave(&once.request),
            false => self.requests.enter(once, &outcome),
        }
        outcome
    }

    /// Decides one claim, and notes what risk found of it and what came of it all the same.
    fn judge(&mut self, i: usize, claim: &Claim) -> Result<Coupon, Refusal> {
        let judged = self.judged.get_mut(i).and_then(Option::take);
        let outcome = self.decide(claim, judged.as_ref());
        if let Some(judged) = judged.filter(|judged| !judged.findings.is_empty()) {
            let coupon = outcome.as_ref().ok().map(|coupon| coupon.code);
            let (template, now) = (Some(claim.template), self.engine.now());
            self.hits.extend(risk::new_hits(&judged, &claim.who(), template, coupon, now));
        }
        outcome
    }

    /// Decides one claim of which risk has its own mind, and enters what it takes.
    fn decide(&mut self, claim: &Claim, judged: Option<&Judged>) -> Result<Coupon, Refusal> {
        let template = self.templates.get(&claim.template).ok_or(Refusal::NotFound)?;
        let facts = self.facts.get(&claim.shopper).ok_or(Refusal::NotFound)?;
        let is_spent = |code: &Code| self.unclaimed.get(code) != Some(&claim.template);
        if claim.pool_code.as_ref().is_some_and(is_spent) {
            return Err(Refusal::NotFound);
        }
        let of = self.tallies_of(claim);
        let [ever, today, shop_today] =
            of.each_ref().map(|of| self.tallies.get(of).map_or(0, |count| count.now));
        let held = (claim.shopper.clone(), claim.template);
        let quota = claim.via.channel.clone().map(|channel| (claim.template, channel));
        let taken = quota.as_ref().and_then(|quota| self.quotas.get(quota));
        let tally = Tally {
            of_template: ever as u32,
            of_template_today: today as u32,
            of_shop_today: shop_today as u32,
            coupons: self.held.get(&held).cloned().unwrap_or_default(),
            issued: template.issued,
            of_channel: taken.map_or(0, |count| count.now.unsigned_abs()),
        };
        let (offer, knowing) = (offer(template), claim.knowing(template.link_token.as_deref()));
        reach(&offer, knowing, claim.accepted_at)?;
        judged.and_then(|judged| judged.refusal.clone()).map_or(Ok(()), Err)?;
        // Risk has looked at whether they are blocked, and knows of an entry that allows them.
        let is_allowed = facts.is_blocked && judged.is_some();
        let allowed = is_allowed.then(|| Facts { is_blocked: false, ..facts.clone() });
        let claimant = Claimant {
            shopper: allowed.as_ref().unwrap_or(facts),
            knowing,
            channel: claim.via.channel.as_ref(),
        };
        let settings = self.engine.settings();
        let limits = ShopLimits {
            daily: settings.shop_daily_limit,
            resets_at: settings.time_zone.next_midnight(claim.accepted_at),
        };
        decide(&offer, &claimant, &tally, limits, claim.accepted_at)?;
        let coupon = self.make(claim, template);
        let pool_code = claim.pool_code;
        let is_given = claim.is_given;
        self.made.push(Made { coupon: coupon.clone(), seq: ever + 1, pool_code, is_given });
        for of in self.adds_to(claim) {
            self.tallies.entry(of).or_default().now += 1;
        }
        if let Some(count) = quota.and_then(|quota| self.quotas.get_mut(&quota)) {
            count.now += 1;
        }
        self.held.entry(held).or_default().insert(0, coupon.code);
        if let Some(code) = pool_code {
            self.unclaimed.remove(&code);
        } else if let Some(template) = self.templates.get_mut(&claim.template) {
            template.issued += 1;
        }
        Ok(coupon)
    }

    fn make(&self, claim: &Claim, template: &Template) -> Coupon {
        let home = claim.shopper.bucket();
        let zone = self.engine.settings().time_zone;
        let (valid_from, valid_until) =
            zone.validity(&template.draft().validity, claim.accepted_at);
        Coupon {
            id: CouponId(fresh_id_in(home, claim.accepted_at)),
            code: Code::new(home, rand::random()),
            revision: template.revision.clone(),
            shopper: claim.shopper.clone(),
            state: State::Available,
            channel: claim.via.channel.clone(),
            claimed_at: claim.accepted_at,
            valid_from,
            valid_until,
            lock: None,
            is_revoked: false,
        }
    }

    /// Writes what was decided, the templates' rows last: theirs are the locks others wait for.
    /// Answers false where a row is no longer as it was read.
    pub(super) async fn write(&self, tx: &Tx) -> Result<bool> {
        self.requests.write(tx, self.engine.now()).await?;
        risk::write_hits(tx, &self.hits).await?;
        if self.made.is_empty() {
            return Ok(true);
        }
        Ok(self.write_tallies(tx).await?
            && self.write_coupons(tx).await?
            && self.write_pool_codes(tx).await?
            && self.write_quotas(tx).await?
            && self.write_stock(tx).await?)
    }

    async fn write_tallies(&self, tx: &Tx) -> Result<bool> {
        let mut changed: Vec<_> =
            self.tallies.iter().filter(|(_, count)| count.has_changed()).collect();
        // One order for all: two nodes that take the same rows then wait, and do not deadlock.
        changed.sort_by_key(|(of, _)| *of);
        let (new, known): (Vec<_>, Vec<_>) =
            changed.into_iter().partition(|(_, count)| count.was.is_none());
        const INSERT: &str = "INSERT INTO tallies (bucket, shopper, template, day, taken)
            SELECT bucket, shopper, template, day, taken FROM {rows} WHERE TRUE
            ON CONFLICT DO NOTHING";
        const UPDATE: &str = "UPDATE tallies SET taken = rows.taken FROM {rows}
            WHERE {tallies by bucket, shopper, template, day} AND tallies.taken = rows.was";
        for (text, tallies) in [(INSERT, new), (UPDATE, known)] {
            let rows: Vec<TallyRow> = tallies.iter().map(|(of, count)| row(of, **count)).collect();
            if !rows.is_empty() {
                let written = tx.execute_raw(rows::statement(tx, text, &rows, [])?).await?;
                if written.rows_affected() != rows.len() as u64 {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    async fn write_coupons(&self, tx: &Tx) -> Result<bool> {
        const INSERT: &str = "INSERT INTO coupons (bucket, code, id, template, revision, shopper,
                seq, state, channel, source, claimed_at, valid_from, valid_until)
            SELECT bucket, code, id, template, revision, shopper,
                seq, state, channel, source, claimed_at, valid_from, valid_until
            FROM {rows} WHERE TRUE ON CONFLICT DO NOTHING";
        let rows: Vec<NewCoupon> = self.made.iter().map(new_coupon).collect();
        let written = tx.execute_raw(rows::statement(tx, INSERT, &rows, [])?).await?;
        if written.rows_affected() != rows.len() as u64 {
            return Ok(false);
        }
        let happened = |made: &Made| {
            let Made { coupon, .. } = made;
            NewEvent::new(made.kind(), coupon, State::Available, coupon.claimed_at)
        };
        events::append(tx, &self.made.iter().map(happened).collect::<Vec<_>>()).await?;
        Ok(true)
    }

    /// A pool code is claimed once, whoever else entered it meanwhile.
    async fn write_pool_codes(&self, tx: &Tx) -> Result<bool> {
        const CLAIM: &str = "UPDATE pool_codes SET state = 'claimed',
                shopper = rows.shopper, coupon = rows.coupon, claimed_at = rows.at
            FROM {rows} WHERE {pool_codes by bucket, code} AND pool_codes.state = 'unclaimed'";
        let mut claimed: Vec<ClaimedCode> = self.made.iter().filter_map(claimed_code).collect();
        if claimed.is_empty() {
            return Ok(true);
        }
        claimed.sort_by(|a, b| a.code.cmp(&b.code));
        let written = tx.execute_raw(rows::statement(tx, CLAIM, &claimed, [])?).await?;
        Ok(written.rows_affected() == claimed.len() as u64)
    }

    async fn write_quotas(&self, tx: &Tx) -> Result<bool> {
        let mut changed: Vec<_> =
            self.quotas.iter().filter(|(_, count)| count.has_changed()).collect();
        changed.sort_by_key(|(of, _)| *of);
        for ((template, channel), count) in changed {
            const TAKE: &str = "UPDATE channel_quotas SET taken = taken + $3
                WHERE template = $1 AND channel = $2 AND (quota IS NULL OR taken + $3 <= quota)";
            let more = count.now - count.was.unwrap_or(0);
            let values = [template.0.into(), channel.as_str().into(), more.into()];
            if tx.execute_raw(sql(tx, TAKE, values)).await?.rows_affected() != 1 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn write_stock(&self, tx: &Tx) -> Result<bool> {
        let mut made: HashMap<TemplateId, i64> = HashMap::new();
        for Made { coupon, pool_code, .. } in &self.made {
            // Pool codes took their stock when they were made.
            let takes = i64::from(pool_code.is_none());
            *made.entry(coupon.revision.template).or_default() += takes;
        }
        let mut made: Vec<_> = made.into_iter().collect();
        made.sort_unstable();
        for (template, more) in made {
            const TAKE: &str = "UPDATE templates SET issued = issued + $2
                WHERE id = $1 AND state = 'live' AND revision = $3
                AND (stock IS NULL OR issued + $2 <= stock)";
            let revision = self.templates.get(&template).map_or(0, |t| t.revision.number);
            let values = [template.0.into(), more.into(), i64::from(revision).into()];
            if tx.execute_raw(sql(tx, TAKE, values)).await?.rows_affected() != 1 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn offer(template: &Template) -> Offer<'_> {
    Offer { state: template.state, was_listed: template.was_listed, draft: template.draft() }
}

fn row((shopper, template, day): &TallyOf, count: Count) -> TallyRow {
    TallyRow {
        bucket: bucket(shopper),
        shopper: shopper.to_string(),
        template: *template,
        day: *day,
        was: count.was.unwrap_or(0),
        taken: count.now,
    }
}

fn claimed_code(Made { coupon, pool_code, .. }: &Made) -> Option<ClaimedCode> {
    pool_code.map(|code| ClaimedCode {
        bucket: i64::from(code.bucket().number()),
        code: code.to_string(),
        shopper: coupon.shopper.to_string(),
        coupon: coupon.code.to_string(),
        at: coupon.claimed_at.timestamp_micros(),
    })
}

fn new_coupon(made: &Made) -> NewCoupon {
    let Made { coupon, seq, .. } = made;
    NewCoupon {
        bucket: bucket(&coupon.shopper),
        code: coupon.code.to_string(),
        id: coupon.id.0,
        template: coupon.revision.template.0,
        revision: i64::from(coupon.revision.number),
        shopper: coupon.shopper.to_string(),
        seq: *seq,
        state: coupon.state.as_str(),
        channel: coupon.channel.as_ref().map(ToString::to_string),
        source: made.source(),
        claimed_at: coupon.claimed_at.timestamp_micros(),
        valid_from: coupon.valid_from.timestamp_micros(),
        valid_until: coupon.valid_until.map(|until| until.timestamp_micros()),
    }
}
