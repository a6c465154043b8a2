//! Every page and its path. All are rendered whole (`SsrMode::Async`).

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::{
    docs::DocsPage,
    failure::{NotFoundPage, OfflinePage},
    ops::{
        audit::AuditPage,
        catalogue::CataloguePage,
        channels::ChannelsPage,
        coupons::{CouponsPage, one::OpsCouponPage},
        exceptions::ExceptionsPage,
        funnel::{page::FunnelPage, stage::StagePage},
        grants::{list::GrantsPage, one::GrantPage},
        health::HealthPage,
        keys::KeysPage,
        operators::{OperatorsPage, newcomer::NewOperatorPage, one::OperatorPage},
        overview::OverviewPage,
        risk::RiskPage,
        running_out::RunningOutPage,
        segments::SegmentsPage,
        sign_in::OpsSignInPage,
        templates::{
            detail::TemplatePage,
            editor::{EditTemplatePage, NewTemplatePage},
            list::{TemplatesPage, many::ManyTemplatesPage},
        },
        webhooks::{WebhooksPage, one::WebhookPage},
    },
    shop::{
        account::AccountPage,
        basket::BasketPage,
        center::CenterPage,
        covers::CoversPage,
        hand_off::HandOffPage,
        order::OrderPage,
        orders::OrdersPage,
        sign_in::{SignInPage, SignUpPage},
        wallet::{WalletPage, coupon::CouponPage},
    },
};

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=CenterPage ssr=SsrMode::Async />
                <Route path=path!("/c/:channel") view=CenterPage ssr=SsrMode::Async />
                <Route path=path!("/t/:token") view=CenterPage ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                <Route path=path!("/sign-in/hand-off") view=HandOffPage ssr=SsrMode::Async />
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
                <Route path=path!("/sign-up") view=SignUpPage ssr=SsrMode::Async />
                <Route path=path!("/wallet") view=WalletPage ssr=SsrMode::Async />
                <Route path=path!("/wallet/:code") view=CouponPage ssr=SsrMode::Async />
                <Route path=path!("/wallet/:code/covers") view=CoversPage ssr=SsrMode::Async />
                <Route path=path!("/basket") view=BasketPage ssr=SsrMode::Async />
                <Route path=path!("/orders") view=OrdersPage ssr=SsrMode::Async />
                <Route path=path!("/orders/:order") view=OrderPage ssr=SsrMode::Async />
                <Route path=path!("/offline") view=OfflinePage ssr=SsrMode::Async />
                <Route path=path!("/api/docs") view=DocsPage ssr=SsrMode::Async />
                <Route path=path!("/ops") view=OverviewPage ssr=SsrMode::Async />
                <Route path=path!("/ops/sign-in") view=OpsSignInPage ssr=SsrMode::Async />
                <Route path=path!("/ops/audit") view=AuditPage ssr=SsrMode::Async />
                <Route path=path!("/ops/catalogue") view=CataloguePage ssr=SsrMode::Async />
                <Route path=path!("/ops/channels") view=ChannelsPage ssr=SsrMode::Async />
                <Route path=path!("/ops/coupons") view=CouponsPage ssr=SsrMode::Async />
                <Route path=path!("/ops/coupons/:code") view=OpsCouponPage ssr=SsrMode::Async />
                <Route path=path!("/ops/exceptions") view=ExceptionsPage ssr=SsrMode::Async />
                <Route path=path!("/ops/forecast") view=RunningOutPage ssr=SsrMode::Async />
                <Route path=path!("/ops/funnel") view=FunnelPage ssr=SsrMode::Async />
                <Route path=path!("/ops/funnel/:stage") view=StagePage ssr=SsrMode::Async />
                <Route path=path!("/ops/grants") view=GrantsPage ssr=SsrMode::Async />
                <Route path=path!("/ops/grants/:id") view=GrantPage ssr=SsrMode::Async />
                <Route path=path!("/ops/health") view=HealthPage ssr=SsrMode::Async />
                <Route path=path!("/ops/keys") view=KeysPage ssr=SsrMode::Async />
                <Route path=path!("/ops/operators") view=OperatorsPage ssr=SsrMode::Async />
                <Route path=path!("/ops/operators/new") view=NewOperatorPage ssr=SsrMode::Async />
                <Route path=path!("/ops/operators/:id") view=OperatorPage ssr=SsrMode::Async />
                <Route path=path!("/ops/risk") view=RiskPage ssr=SsrMode::Async />
                <Route path=path!("/ops/segments") view=SegmentsPage ssr=SsrMode::Async />
                <Route path=path!("/ops/templates") view=TemplatesPage ssr=SsrMode::Async />
                <Route path=path!("/ops/templates/many") view=ManyTemplatesPage ssr=SsrMode::Async />
                <Route path=path!("/ops/templates/new") view=NewTemplatePage ssr=SsrMode::Async />
                <Route path=path!("/ops/templates/:id") view=TemplatePage ssr=SsrMode::Async />
                <Route path=path!("/ops/templates/:id/edit") view=EditTemplatePage ssr=SsrMode::Async />
                <Route path=path!("/ops/webhooks") view=WebhooksPage ssr=SsrMode::Async />
                <Route path=path!("/ops/webhooks/:id") view=WebhookPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
