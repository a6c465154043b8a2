//! Taking claims down. They queue at a desk of their own, and a batch is one transaction that reads
//! nothing of what bears on them and waits for no template's row.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::actor::{Claiming, Shopper};
use domain::{ShopperId, TemplateId, TicketId};
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::{Ticket, WAITING, fill};
use crate::desk::{Desk, Queuing, Settling, submit, together};
use crate::entity::ticket;
use crate::idempotency::{Once, Request, Requests};
use crate::issuance::{Claim, Via, known};
use crate::store::fresh_id_in;
use crate::store::rows::{self, rows};
use crate::store::shoppers::bucket;
use crate::tx::Tx;
use crate::{Engine, Fault, Result, templates};

/// A claim that is to wait in line.
pub(crate) struct Entrant {
    claim: Claim,
    once: Option<Once<Ticket>>,
}

/// Accepts a shopper's claim; the ticket is durable when it is answered. Whoever claims again while
/// one of theirs waits for the same template is answered with that one.
pub async fn accept(
    engine: &Engine,
    shopper: &Shopper,
    template: TemplateId,
    via: Via,
) -> Result<Ticket> {
    let claim = Claim { via, ..Claim::new(engine, &shopper.id, template) };
    submit(engine, Entrant::new(engine, claim, None).await?).await?
}

/// The same by a partner, who vouches as for any claim.
pub async fn accept_for(
    engine: &Engine,
    partner: &Claiming,
    shopper: ShopperId,
    template: TemplateId,
    via: Via,
    once: Option<Once<Ticket>>,
) -> Result<Ticket> {
    let shopper = partner.vouch_for(shopper);
    let claim = Claim { via, is_vouched: true, ..Claim::new(engine, &shopper.id, template) };
    submit(engine, Entrant::new(engine, claim, once).await?).await?
}

/// Of one place in line there is one ticket that waits.
type Place = (ShopperId, TemplateId);

impl Entrant {
    /// Refused without a query where the template is not to be known of, as any claim.
    pub(crate) async fn new(
        engine: &Engine,
        mut claim: Claim,
        once: Option<Once<Ticket>>,
    ) -> Result<Self> {
        known(engine, &claim, once.as_ref().map(|once| &once.request)).await?;
        let known = templates::known::current(engine).await?;
        let token = known.get(claim.template).and_then(|known| known.link_token.as_ref());
        // Any other is no token of ours and is not kept: it may be anything at all.
        claim.via.link = claim.via.link.filter(|link| Some(link) == token);
        Ok(Self { claim, once })
    }

    fn request(&self) -> Option<&Request> {
        self.once.as_ref().map(|once| &once.request)
    }

    fn place(&self) -> Place {
        (self.claim.shopper.clone(), self.claim.template)
    }
}

impl Queuing for Entrant {
    type Answer = Result<Ticket>;

    const ROOM: usize = 20_000;

    fn desk(engine: &Engine) -> &Desk<Self> {
        &engine.0.entrants
    }

    async fn serve(engine: &Engine, batch: Vec<Self>) -> Vec<Result<Ticket>> {
        together(engine, &batch).await
    }
}

impl Settling for Entrant {
    type Made = Ticket;
    type Charged = ();

    async fn settle(engine: &Engine, batch: &[Self], _: &()) -> Result<Vec<Result<Ticket>>> {
        engine
            .transact(None, |tx| async move { try_to_write(engine, &tx, batch).await.map(Some) })
            .await
    }
}

async fn try_to_write(engine: &Engine, tx: &Tx, batch: &[Entrant]) -> Result<Vec<Result<Ticket>>> {
    let now = engine.now();
    let mut requests = Requests::open(tx, batch.iter().filter_map(Entrant::request), now).await?;
    let (mut keys, mut claims) = (HashSet::new(), BTreeMap::new());
    for entrant in batch {
        let is_new = entrant.request().is_none_or(|request| {
            keys.insert((&request.owner, &request.key)) && requests.check(request).is_ok()
        });
        if is_new {
            claims.entry(entrant.place()).or_insert(&entrant.claim);
        }
    }
    let tickets = write(tx, &claims).await?;
    let mut outcomes = Vec::with_capacity(batch.len());
    for entrant in batch {
        // Also those behind the first one under a key: that one has been entered by now.
        if let Some(Err(answered)) = entrant.request().map(|request| requests.check(request)) {
            outcomes.push(Err(answered));
            continue;
        }
        let ticket = tickets.get(&entrant.place()).cloned();
        let outcome: Result<Ticket> =
            ticket.ok_or_else(|| Fault::new("a claim has no ticket").into());
        if let Some(once) = &entrant.once {
            requests.enter(once, &outcome);
        }
        outcomes.push(outcome);
    }
    requests.write(tx, now).await?;
    Ok(outcomes)
}

rows! {
    struct NewTicket {
        bucket: i64,
        id: Uuid,
        shopper: String,
        template: Uuid,
        channel: Option<String>,
        link: Option<String>,
        device: Option<String>,
        address: Option<String>,
        vouched: bool,
        accepted_at: i64,
    }
}

/// Writes tickets, in one order for all, or two batches would wait for each other. The update changes
/// nothing: it has the ticket returned that waits already, or waits until that one is settled.
async fn write(tx: &Tx, claims: &BTreeMap<Place, &Claim>) -> Result<HashMap<Place, Ticket>> {
    const WRITE: &str = "INSERT INTO tickets (bucket, id, shopper, template, channel, link, device,
                address, vouched, accepted_at, state)
            SELECT bucket, id, shopper, template, channel, link, device,
                address, vouched, accepted_at, 'waiting'
            FROM {rows} WHERE TRUE
        ON CONFLICT (bucket, shopper, template) WHERE state = 'waiting'
            DO UPDATE SET accepted_at = tickets.accepted_at
        RETURNING *";
    if claims.is_empty() {
        return Ok(HashMap::new());
    }
    tx.tell(WAITING);
    let rows: Vec<NewTicket> = claims.values().copied().map(new_ticket).collect();
    let write = rows::statement(tx, WRITE, &rows, [])?;
    let mut tickets = HashMap::new();
    for model in ticket::Entity::find().from_raw_sql(write).all(tx).await? {
        let ticket = fill(model)?;
        tickets.insert((ticket.shopper.clone(), ticket.template), ticket);
    }
    Ok(tickets)
}

fn new_ticket(claim: &Claim) -> NewTicket {
    let Via { channel, link, device, address } = &claim.via;
    let id = TicketId(fresh_id_in(claim.shopper.bucket(), claim.accepted_at));
    NewTicket {
        bucket: bucket(&claim.shopper),
        id: id.0,
        shopper: claim.shopper.to_string(),
        template: claim.template.0,
        channel: channel.as_ref().map(ToString::to_string),
        link: link.clone(),
        device: device.as_ref().map(ToString::to_string),
        address: address.as_ref().map(ToString::to_string),
        vouched: claim.is_vouched,
        accepted_at: claim.accepted_at.timestamp_micros(),
    }
}
