//! The two halves of the site.

use crate::assets::{Assets, Bundle};

/// The two halves differ in accent and size of type, and in the islands they load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    Shop,
    Ops,
}

impl Area {
    pub(crate) fn of(path: &str) -> Self {
        let below = path.strip_prefix("/ops");
        if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            Self::Ops
        } else {
            Self::Shop
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Ops => "ops",
        }
    }

    pub(crate) fn bundle(self, assets: &Assets) -> &Bundle {
        match self {
            Self::Shop => &assets.shop,
            Self::Ops => &assets.console,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_below_ops_are_the_console() {
        for (path, area) in [
            ("/", Area::Shop),
            ("/ops", Area::Ops),
            ("/ops/templates", Area::Ops),
            ("/opsy", Area::Shop),
        ] {
            assert_eq!(Area::of(path), area, "{path}");
        }
    }
}
