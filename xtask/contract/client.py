"""A shop's checkout with the client that openapi-python-client generates from the API's document.

Takes the address and a key; the generated package `quan_client` is on PYTHONPATH.
"""

import sys
from uuid import uuid4

from quan_client import AuthenticatedClient
from quan_client.api.numbers import read_ledger
from quan_client.api.orders import give_back, lock_coupons_order, read_redemption, redeem_lock
from quan_client.api.quotes import quote_cart
from quan_client.api.shoppers import claim_coupon, list_shopper_s_coupons
from quan_client.api.templates import make_template, publish_template
from quan_client.models import (
    BenefitType0,
    BenefitType0Kind,
    Cart,
    ClaimAsk,
    Line,
    LockAsk,
    Nothing,
    Payment,
    Problem,
    QuoteAsk,
    ReturnAsk,
    ReturnLine,
    TemplateDraft,
)

address, key = sys.argv[1:]
client = AuthenticatedClient(base_url=address, token=key, raise_on_unexpected_status=True)
run = uuid4().hex


def call(api, *path, name=None, **told):
    """Calls and insists on an answer that is no problem; what changes something has a key."""
    if name:
        told["idempotency_key"] = f"{name}-{run}"
    answer = api.sync(*path, client=client, **told)
    assert answer is not None and not isinstance(answer, Problem), answer
    return answer


def same(found, wanted):
    assert found == wanted, f"{found!r} is not {wanted!r}"


shopper, order = f"shopper-{run}", f"order-{run}"
benefit = BenefitType0(kind=BenefitType0Kind.AMOUNT_OFF, amount="20", min_spend="100")
draft = TemplateDraft(name="20 off from 100", benefit=benefit)
template = call(make_template, name="make", body=draft)
live = call(publish_template, template.id, name="publish", body=Nothing())
same(str(live.state), "live")

coupon = call(claim_coupon, name="claim", body=ClaimAsk(shopper=shopper, template=template.id))
again = claim_coupon.sync(
    client=client,
    idempotency_key=f"again-{run}",
    body=ClaimAsk(shopper=shopper, template=template.id),
)
assert isinstance(again, Problem), again
same((again.status, again.code), (409, "claim_limit_reached"))

cart = Cart(lines=[Line(id="1", product="vegetable-box", unit_price="33.34", quantity=3)])
quote = call(quote_cart, body=QuoteAsk(shopper=shopper, cart=cart))
same((quote.discount, quote.total), ("20.00", "80.02"))

ask = LockAsk(order=order, shopper=shopper, cart=cart, coupons=[coupon.code])
lock = call(lock_coupons_order, name="lock", body=ask)
paid = call(redeem_lock, lock.id, name="pay", body=Payment(payment=f"pay-{run}"))
same(str(paid.outcome), "redeemed")

part = ReturnAsk(refund=f"part-{run}", lines=[ReturnLine(id="1", quantity=1)])
rest = ReturnAsk(refund=f"rest-{run}")
sums = [call(give_back, paid.id, name=one.refund, body=one).amount for one in (part, rest)]
same(sum(round(float(amount) * 100) for amount in sums), 8002)
same(len(call(read_redemption, paid.id).returns), 2)

wallet = call(list_shopper_s_coupons, shopper)
same([one.code for one in wallet.items], [coupon.code])
told = call(read_ledger, shopper=shopper)
same([str(event.kind) for event in told.items], ["claimed", "locked", "redeemed", "returned", "restored"])
