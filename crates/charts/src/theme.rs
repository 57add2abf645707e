use std::str::FromStr;

use async_graphql::Enum;
use plotters::style::RGBColor;

/// On which ground a chart is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[graphql(name = "ChartTheme")]
pub enum Theme {
    /// As the viewer likes it (`prefers-color-scheme`); light where that is not known.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl FromStr for Theme {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "light" => Ok(Self::Light),
            "dark" => Ok(Self::Dark),
            _ => Err("must be auto, light or dark"),
        }
    }
}

/// What colours stand for. Text has a contrast of 4.5 to 1 at least with whatever it stands on (WCAG 2.2, 1.4.3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colours {
    /// The ground.
    pub paper: RGBColor,
    /// Text.
    pub ink: RGBColor,
    /// Text that may be overlooked.
    pub muted: RGBColor,
    /// Lines that guide the eye.
    pub grid: RGBColor,
    /// What is shown.
    pub shown: RGBColor,
    /// More than before.
    pub more: RGBColor,
    /// Less than before.
    pub less: RGBColor,
}

const LIGHT: Colours = Colours {
    paper: RGBColor(255, 255, 255),
    ink: RGBColor(31, 35, 40),
    muted: RGBColor(89, 99, 110),
    grid: RGBColor(209, 217, 224),
    shown: RGBColor(9, 105, 218),
    more: RGBColor(26, 127, 55),
    less: RGBColor(207, 34, 46),
};

const DARK: Colours = Colours {
    paper: RGBColor(13, 17, 23),
    ink: RGBColor(240, 246, 252),
    muted: RGBColor(145, 152, 161),
    grid: RGBColor(61, 68, 77),
    shown: RGBColor(68, 147, 248),
    more: RGBColor(63, 185, 80),
    less: RGBColor(248, 81, 73),
};

impl Theme {
    /// The colours that a chart is drawn in.
    pub fn colours(self) -> Colours {
        match self {
            Self::Auto | Self::Light => LIGHT,
            Self::Dark => DARK,
        }
    }

    /// A style sheet that puts dark colours in the place of light ones, where the viewer likes it dark.
    pub fn style(self) -> Option<String> {
        (self == Self::Auto).then(|| {
            let rule = |(light, dark): (RGBColor, RGBColor)| {
                let (light, dark) = (hex(light), hex(dark));
                format!("[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}")
            };
            let rules: String = LIGHT.all().into_iter().zip(DARK.all()).map(rule).collect();
            format!("<style>@media (prefers-color-scheme:dark){{{rules}}}</style>")
        })
    }
}

impl Colours {
    fn all(self) -> [RGBColor; 7] {
        [self.paper, self.ink, self.muted, self.grid, self.shown, self.more, self.less]
    }
}

/// As plotters writes it.
fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}
