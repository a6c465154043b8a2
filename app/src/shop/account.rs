//! A shopper's own account: what it says, and the ways out.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    context::engine,
    failure,
    flash::flash_of,
    locale::t,
    server_fns::accounts::{SignOut, SignOutEverywhere},
    session,
    ui::{Button, Card, LinkButton, Look, Said, ShopFrame},
};

/// `/account`
#[component]
pub fn AccountPage() -> impl IntoView {
    failure::page(async {
        let shopper = session::shopper().await?;
        let account = engine::accounts::account(&engine(), &shopper).await?;
        let flash = flash_of("account").await;
        let name = account.name.unwrap_or_else(|| t("account-no-name"));
        let login = account.login.unwrap_or_else(|| t("account-no-login"));
        Ok(view! {
            <ShopFrame title=t("account-title") here="/account">
                <div class="mx-auto max-w-md space-y-4">
                    <h1 class="text-2xl font-semibold">{t("account-title")}</h1>
                    <Said flash=flash />
                    <Card>
                        <dl class="space-y-3">
                            <Fact term=t("account-name") value=name />
                            <Fact term=t("account-login") value=login />
                        </dl>
                        <div class="-mb-2">
                            <LinkButton href="/orders" look=Look::Plain>
                                {t("orders-title")}
                            </LinkButton>
                        </div>
                    </Card>
                    <Card>
                        <form method="post" action=SignOut::url()>
                            <Button look=Look::Secondary>{t("account-sign-out")}</Button>
                        </form>
                        <p class="mt-4 mb-2 text-sm text-muted">{t("account-everywhere-hint")}</p>
                        <form method="post" action=SignOutEverywhere::url()>
                            <Button look=Look::Danger>{t("sign-out-everywhere")}</Button>
                        </form>
                    </Card>
                </div>
            </ShopFrame>
        })
    })
}

#[component]
fn Fact(term: String, value: String) -> impl IntoView {
    view! {
        <div>
            <dt class="text-sm text-muted">{term}</dt>
            <dd class="font-medium" dir="auto">
                {value}
            </dd>
        </div>
    }
}
