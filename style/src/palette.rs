//! The colours: one name, its value in the light, its value in the dark.
//! `bg-surface`, `text-muted`, `border-line` and so on need no `dark:` variants.

pub(crate) struct Colour {
    pub(crate) name: &'static str,
    pub(crate) light: &'static str,
    pub(crate) dark: &'static str,
}

const fn colour(name: &'static str, light: &'static str, dark: &'static str) -> Colour {
    Colour { name, light, dark }
}

/// `x` is for text and fills, `on-x` for text on a fill of `x`, `x-soft` for a tinted ground.
pub(crate) const COLOURS: &[Colour] = &[
    // The ground, from far to near; `edge` outlines controls, `line` only divides.
    colour("bg", "#f6f5f1", "#131211"),
    colour("surface", "#ffffff", "#1d1c1a"),
    colour("sunken", "#edebe5", "#272522"),
    colour("line", "#dfdbd2", "#35322e"),
    colour("edge", "#8a8479", "#79736a"),
    colour("text", "#1f1d1a", "#f2f0ec"),
    colour("muted", "#5d5850", "#b0aaa0"),
    // The shop's warm accent and the console's cool one.
    colour("tomato", "#bd3218", "#ff8a6e"),
    colour("on-tomato", "#ffffff", "#2b0d05"),
    colour("tomato-soft", "#fcebe6", "#3a1d15"),
    colour("ink", "#2c4a8c", "#9fbaf6"),
    colour("on-ink", "#ffffff", "#0c1630"),
    colour("ink-soft", "#e8eef9", "#1c2740"),
    // What a message means.
    colour("danger", "#a8201a", "#ff9c92"),
    colour("on-danger", "#ffffff", "#330704"),
    colour("danger-soft", "#fbe9e8", "#3b1917"),
    colour("ok", "#1c6a40", "#80d3a3"),
    colour("ok-soft", "#e4f3ea", "#15301f"),
    colour("warn", "#7c5200", "#efc269"),
    colour("warn-soft", "#fbf0d9", "#33270c"),
];

/// `accent` is tomato in the shop and ink in the console, so shared parts need not know.
pub(crate) const ACCENTS: &[&str] = &["accent", "on-accent", "accent-soft"];

/// Custom properties for both themes: the system's choice, unless `<html data-theme>` says. Paper is
/// white whatever the theme, and printers leave fills out: text on a fill is then as dark as any.
pub(crate) fn custom_properties() -> String {
    let light = declarations(|colour| colour.light);
    let dark = declarations(|colour| colour.dark);
    let paper = declarations(on_paper);
    let (shop, console) = (accents("tomato"), accents("ink"));
    format!(
        ":root {{\ncolor-scheme: light;\n{light}{shop}}}\n\
         [data-area=\"ops\"] {{\n{console}}}\n\
         @media screen and (prefers-color-scheme: dark) {{\n\
         :root:not([data-theme=\"light\"]) {{\ncolor-scheme: dark;\n{dark}}}\n}}\n\
         @media screen {{\n:root[data-theme=\"dark\"] {{\ncolor-scheme: dark;\n{dark}}}\n}}\n\
         @media print {{\n:root {{\n{paper}}}\n}}\n"
    )
}

fn on_paper(colour: &Colour) -> &'static str {
    let is_ground = ["bg", "surface", "sunken"].contains(&colour.name);
    if is_ground || colour.name.ends_with("-soft") {
        "#ffffff"
    } else if colour.name.starts_with("on-") || colour.name == "text" {
        "#000000"
    } else {
        colour.light
    }
}

fn declarations(value: impl Fn(&Colour) -> &'static str) -> String {
    COLOURS.iter().map(|colour| format!("--color-{}: {};\n", colour.name, value(colour))).collect()
}

fn accents(target: &str) -> String {
    ACCENTS
        .iter()
        .map(|name| format!("--color-{name}: var(--color-{});\n", name.replace("accent", target)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.2.
    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = u8::from_str_radix(&hex[at..at + 2], 16).expect("six hex digits");
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn find(name: &str) -> &'static Colour {
        COLOURS.iter().find(|colour| colour.name == name).expect("the palette names it")
    }

    fn check(front: &str, ground: &str, least: f64) {
        let (front, ground) = (find(front), find(ground));
        for (front_value, ground_value, theme) in
            [(front.light, ground.light, "light"), (front.dark, ground.dark, "dark")]
        {
            let contrast = contrast(front_value, ground_value);
            let (front, ground) = (front.name, ground.name);
            assert!(contrast >= least, "{front} on {ground}, {theme}: {contrast:.2} < {least}");
        }
    }

    #[test]
    fn every_text_can_be_read_on_every_ground_it_may_stand_on() {
        for ground in ["bg", "surface", "sunken"] {
            for text in ["text", "muted", "tomato", "ink", "danger", "ok", "warn"] {
                check(text, ground, 4.5);
            }
            check("edge", ground, 3.0);
        }
        for tint in ["tomato", "ink", "danger", "ok", "warn"] {
            check(tint, &format!("{tint}-soft"), 4.5);
            check("text", &format!("{tint}-soft"), 4.5);
            check("muted", &format!("{tint}-soft"), 4.5);
        }
        for colour in COLOURS {
            let dark = ["text", "muted", "tomato", "ink", "danger", "ok", "warn"];
            if dark.contains(&colour.name) {
                assert!(contrast(on_paper(colour), "#ffffff") >= 4.5, "{} on paper", colour.name);
            }
        }
        for fill in ["tomato", "ink", "danger"] {
            check(&format!("on-{fill}"), fill, 4.5);
        }
    }
}
