//! Serving: from configuration to the last request answered.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use app::{
    assets::Assets,
    context::{IsDemo, IsTls},
};
use axum::serve::{Listener, ListenerExt};
use engine::{Engine, alerts, counts, demo, risk};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    time::timeout,
};

use crate::{
    config::Config,
    greeting,
    router::{UPLOAD_TIME, router},
    secret,
    state::AppState,
    worker::work,
};

/// How long requests under way may take to end once the server is asked to stop: as long as any.
const FAREWELL: Duration = UPLOAD_TIME;

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

pub(crate) async fn serve(config: &Config) -> Result<(), Error> {
    let assets = Assets::load(&config.site).map_err(|error| {
        let site = config.site.display();
        io::Error::other(format!(
            "no built site in {site} ({error}); `cargo xtask assets` builds it"
        ))
    })?;
    let engine = open(config).await?;
    let is_demo = IsDemo(demo::is_made_up(&engine).await?);
    let is_tls = IsTls(config.tls);
    let state = AppState { assets: Arc::new(assets), engine: engine.clone(), is_demo, is_tls };
    let jobs = tokio::spawn(work(engine.clone()));
    let service = router(state, config).into_make_service_with_connect_info::<SocketAddr>();
    // An answer in two parts must not wait until the first is acknowledged.
    let listener = TcpListener::bind(config.address).await?.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let codes = if is_demo.0 { demo::pool_codes(&engine).await? } else { Vec::new() };
    greeting::print(listener.local_addr()?, is_demo, &codes);

    let (stopping, stopped) = oneshot::channel();
    let asked = async move {
        asked_to_stop().await;
        tracing::info!("stopping");
        let _ = stopping.send(());
    };
    let served =
        tokio::spawn(axum::serve(listener, service).with_graceful_shutdown(asked).into_future());
    let _ = stopped.await;
    match timeout(FAREWELL, served).await {
        Ok(ended) => ended??,
        Err(_) => tracing::warn!("some requests did not end in time"),
    }
    jobs.abort();
    leave(engine).await
}

/// Writes what was counted and is not written yet, and leaves an SQLite file in one piece.
async fn leave(engine: Engine) -> Result<(), Error> {
    counts::flush(&engine).await?;
    alerts::flush(&engine).await?;
    risk::flush(&engine).await?;
    engine.close().await?;
    Ok(())
}

/// Opens the store and brings its schema up to date.
pub(crate) async fn open(config: &Config) -> Result<Engine, Error> {
    let mut settings = config.settings()?;
    if settings.secret.is_none() {
        settings.secret = secret::beside(&settings.database_url)?;
    }
    let engine = Engine::open(settings).await?;
    migration::up(engine.migration_connection()).await?;
    Ok(engine)
}

async fn asked_to_stop() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => drop(terminate.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// Runs the jobs until asked to stop.
pub(crate) async fn work_only(config: &Config) -> Result<(), Error> {
    let engine = open(config).await?;
    tokio::select! {
        () = work(engine.clone()) => {}
        () = asked_to_stop() => {}
    }
    leave(engine).await
}
