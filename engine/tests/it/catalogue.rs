//! Categories and products: all or nothing, and soon known everywhere.

use chrono::TimeDelta;
use domain::actor::{Role, System};
use domain::category::Category;
use domain::scope::{Lists, Scope};
use domain::{CategoryId, Money, Problem, ProductId, Refusal};
use engine::catalogue::{self, FOUND_MAX, Product};
use engine::notices::Notices;
use engine::{Clock, Engine, Error};

use crate::cast::operator;
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    what_was_put_is_read_at_once,
    putting_again_overwrites,
    one_wrong_category_keeps_all_out,
    a_circle_through_what_is_known_is_refused,
    of_two_halves_of_a_circle_put_at_once_one_is_refused,
    one_wrong_product_keeps_all_out,
    another_node_knows_within_a_second,
    another_node_that_listens_knows_at_once,
    thousands_of_products_come_in_one_call,
    a_scope_covers_what_a_cart_would_be_quoted_for,
    products_are_found_by_name_and_id,
];

fn category(id: &str, parent: Option<&str>) -> Category {
    Category {
        id: CategoryId::new(id).unwrap(),
        name: id.to_owned(),
        parent: parent.map(|parent| CategoryId::new(parent).unwrap()),
    }
}

fn product(id: &str, category: Option<&str>) -> Product {
    Product {
        id: ProductId::new(id).unwrap(),
        name: id.to_owned(),
        category: category.map(|category| CategoryId::new(category).unwrap()),
        price: Some(Money::minor(350)),
    }
}

fn fields<T: std::fmt::Debug>(answer: engine::Result<T>) -> Vec<(String, Problem)> {
    let Err(Error::Refused(Refusal::Invalid { fields })) = answer else { panic!("{answer:?}") };
    fields.into_iter().map(|error| (error.field, error.problem)).collect()
}

async fn what_was_put_is_read_at_once(store: Store) {
    let engine = &store.engine;
    assert!(catalogue::current(engine).await.unwrap().categories.is_empty());
    let tree = [category("leafy", Some("vegetables")), category("vegetables", None)];
    assert_eq!(catalogue::put_categories(engine, System, &tree).await.unwrap(), 2);
    let shelf = [product("spinach", Some("leafy")), product("bag", None)];
    assert_eq!(catalogue::put_products(engine, System, &shelf).await.unwrap(), 2);

    let known = catalogue::current(engine).await.unwrap();
    assert_eq!(known.categories, tree);
    let [spinach, bag] = &shelf;
    assert_eq!(known.product(&spinach.id), Some(spinach));
    assert_eq!(known.category_of(&spinach.id), spinach.category.as_ref());
    assert_eq!(known.category_of(&bag.id), None);
    let leafy = CategoryId::new("leafy").unwrap();
    let names: Vec<_> = known.tree.lineage(&leafy).map(CategoryId::as_str).collect();
    assert_eq!(names, ["leafy", "vegetables"]);
}

async fn putting_again_overwrites(store: Store) {
    let engine = &store.engine;
    let tree = [category("a", None), category("b", None)];
    catalogue::put_categories(engine, System, &tree).await.unwrap();
    catalogue::put_products(engine, System, &[product("p", Some("a"))]).await.unwrap();
    catalogue::put_categories(engine, System, &[category("a", Some("b"))]).await.unwrap();
    let dearer = Product { price: None, name: "P".to_owned(), ..product("p", Some("b")) };
    catalogue::put_products(engine, System, std::slice::from_ref(&dearer)).await.unwrap();

    let known = catalogue::current(engine).await.unwrap();
    assert_eq!(known.categories, [category("a", Some("b")), category("b", None)]);
    assert_eq!(known.products, [dearer]);
}

async fn one_wrong_category_keeps_all_out(store: Store) {
    let engine = &store.engine;
    let unnamed = Category { name: " ".to_owned(), ..category("b", None) };
    let tree = [category("a", None), unnamed, category("c", Some("nowhere")), category("a", None)];
    assert_eq!(
        fields(catalogue::put_categories(engine, System, &tree).await),
        [
            ("1.name".to_owned(), Problem::Required),
            ("3.id".to_owned(), Problem::Duplicate),
            ("2.parent".to_owned(), Problem::Unknown),
        ]
    );
    assert_eq!(store.number("SELECT count(*) FROM categories").await, 0);
}

async fn a_circle_through_what_is_known_is_refused(store: Store) {
    let engine = &store.engine;
    let tree = [category("a", None), category("b", Some("a"))];
    catalogue::put_categories(engine, System, &tree).await.unwrap();
    let circle = catalogue::put_categories(engine, System, &[category("a", Some("b"))]).await;
    assert_eq!(fields(circle), [("0.parent".to_owned(), Problem::Circle)]);
}

async fn of_two_halves_of_a_circle_put_at_once_one_is_refused(store: Store) {
    let tree = [category("a", None), category("b", None)];
    catalogue::put_categories(&store.engine, System, &tree).await.unwrap();
    let halves = [category("a", Some("b")), category("b", Some("a"))].map(|half| {
        let engine = store.engine.clone();
        tokio::spawn(
            async move { catalogue::put_categories(&engine, System, &[half]).await.is_ok() },
        )
    });
    let mut put = 0;
    for half in halves {
        put += usize::from(half.await.unwrap());
    }
    assert_eq!(put, 1);
    catalogue::current(&store.engine).await.unwrap();
}

async fn one_wrong_product_keeps_all_out(store: Store) {
    let engine = &store.engine;
    let negative = Product { price: Some(Money::minor(-1)), ..product("c", None) };
    let shelf = [product("a", None), product("b", Some("nowhere")), negative, product("a", None)];
    assert_eq!(
        fields(catalogue::put_products(engine, System, &shelf).await),
        [
            ("1.category".to_owned(), Problem::Unknown),
            ("2.price".to_owned(), Problem::NotMoney),
            ("3.id".to_owned(), Problem::Duplicate),
        ]
    );
    assert_eq!(store.number("SELECT count(*) FROM products").await, 0);
}

async fn another_node_knows_within_a_second(store: Store) {
    let other = Engine::open_to_read(store.settings.clone(), Clock::still_at(noon())).await;
    let other = other.unwrap();
    assert!(catalogue::current(&other).await.unwrap().products.is_empty());
    catalogue::put_products(&store.engine, System, &[product("p", None)]).await.unwrap();
    assert!(catalogue::current(&other).await.unwrap().products.is_empty());
    other.clock().advance(TimeDelta::seconds(1));
    assert_eq!(catalogue::current(&other).await.unwrap().products.len(), 1);
    other.close().await.unwrap();
}

async fn another_node_that_listens_knows_at_once(store: Store) {
    if !store.settings.database_url.starts_with("postgres") {
        // An SQLite file belongs to one process.
        return;
    }
    // Its clock stands still: it would trust for ever what it holds.
    let other = Engine::open_to_read(store.settings.clone(), Clock::still_at(noon())).await;
    let other = other.unwrap();
    let mut notices = Notices::over_postgres(&other).await.unwrap();
    assert!(catalogue::current(&other).await.unwrap().products.is_empty());
    catalogue::put_products(&store.engine, System, &[product("p", None)]).await.unwrap();
    while catalogue::current(&other).await.unwrap().products.is_empty() {
        notices.hear(&other).await.unwrap();
    }
    other.close().await.unwrap();
}

async fn thousands_of_products_come_in_one_call(store: Store) {
    let shelf: Vec<_> = (0..5000).map(|i| product(&format!("p{i}"), None)).collect();
    assert_eq!(catalogue::put_products(&store.engine, System, &shelf).await.unwrap(), 5000);
    assert_eq!(catalogue::current(&store.engine).await.unwrap().products.len(), 5000);
    let audited = "SELECT count(*) FROM changes WHERE subject_kind = 'catalogue'";
    assert_eq!(store.number(audited).await, 1);
}

fn lists(categories: &[&str], products: &[&str]) -> Lists {
    Lists {
        categories: categories.iter().map(|id| id.parse().unwrap()).collect(),
        products: products.iter().map(|id| id.parse().unwrap()).collect(),
    }
}

async fn a_scope_covers_what_a_cart_would_be_quoted_for(store: Store) {
    let engine = &store.engine;
    let viewer = operator(engine, Role::Viewer).await;
    let tree = [category("leafy", Some("vegetables")), category("vegetables", None)];
    catalogue::put_categories(engine, System, &tree).await.unwrap();
    let leaves: Vec<Product> =
        (10..30).map(|n| product(&format!("leaf-{n}"), Some("leafy"))).collect();
    catalogue::put_products(engine, System, &leaves).await.unwrap();
    catalogue::put_products(engine, System, &[product("bag", None)]).await.unwrap();
    let scope = Scope {
        include: lists(&["vegetables"], &["unheard-of"]),
        exclude: lists(&[], &["leaf-10", "unheard-of-too"]),
        ..Scope::default()
    };
    let found = catalogue::coverage(engine, &viewer, &scope).await.unwrap();
    assert_eq!((found.covered, found.total, found.unknown), (19, 21, 2));
    let sample: Vec<_> = found.sample.iter().map(|product| product.id.as_str()).collect();
    assert_eq!(sample, ["leaf-11", "leaf-14", "leaf-18", "leaf-22", "leaf-26"]);
    let nothing = Scope { include: lists(&[], &["unheard-of"]), ..Scope::default() };
    let found = catalogue::coverage(engine, &viewer, &nothing).await.unwrap();
    assert_eq!((found.covered, found.sample.len(), found.unknown), (0, 0, 1));
}

async fn products_are_found_by_name_and_id(store: Store) {
    let engine = &store.engine;
    let viewer = operator(engine, Role::Viewer).await;
    let named = |id: &str, name: &str| Product { name: name.to_owned(), ..product(id, None) };
    let mut shelf: Vec<Product> = (0..30).map(|n| product(&format!("box-{n:02}"), None)).collect();
    shelf.extend([
        named("a1", "Sweet Kale 1 kg"),
        named("a2", "Unkalely"),
        named("kale-x", "Other"),
    ]);
    catalogue::put_products(engine, System, &shelf).await.unwrap();
    let found = async |text: &str| {
        let found = catalogue::search(engine, &viewer, text).await.unwrap();
        found.into_iter().map(|product| product.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found(" KALE ").await, ["a1", "kale-x", "a2"]);
    assert_eq!(found("box").await.len(), FOUND_MAX);
    assert_eq!(found("  ").await, Vec::<String>::new());
    assert_eq!(found("%").await, Vec::<String>::new());
}
