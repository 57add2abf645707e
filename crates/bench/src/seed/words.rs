//! Names to make customers of.

pub const GIVEN: [&str; 60] = [
    "Ada", "Alan", "Amira", "Anna", "Anton", "Astrid", "Bela", "Bruno", "Carla", "Cem", "Clara",
    "Dario", "Derya", "Diana", "Edgar", "Elena", "Emil", "Erika", "Farid", "Fiona", "Frida",
    "Georg", "Gina", "Greta", "Hanna", "Hugo", "Ida", "Ilja", "Ines", "Ivan", "Jana", "Jonas",
    "Julia", "Karim", "Katja", "Lara", "Leon", "Lina", "Luca", "Marta", "Miro", "Mona", "Nadia",
    "Nils", "Nora", "Olga", "Oskar", "Paula", "Pavel", "Rana", "Rosa", "Ruben", "Selma", "Sonja",
    "Tarek", "Theo", "Tilda", "Vera", "Viktor", "Zoe",
];

/// A family name is one of these and one of [`FAMILY_END`].
pub const FAMILY: [&str; 40] = [
    "Bach", "Berg", "Brand", "Buch", "Burg", "Dorn", "Eber", "Eich", "Falk", "Feld", "Fisch",
    "Forst", "Frei", "Gold", "Haber", "Hart", "Heid", "Hirsch", "Hoch", "Holz", "Kalt", "Kirch",
    "Klein", "Korn", "Lang", "Lind", "Loew", "Mark", "Moor", "Neu", "Ober", "Rosen", "Roth",
    "Sand", "Schoen", "Stein", "Stern", "Wald", "Weiss", "Zell",
];

pub const FAMILY_END: [&str; 40] = [
    "mann", "bauer", "berger", "bacher", "felder", "heimer", "hof", "hofer", "horst", "huber",
    "kamp", "ler", "lein", "meier", "meister", "mueller", "ner", "rich", "schmid", "steiner",
    "stett", "thal", "tner", "walder", "weber", "werth", "wig", "winkler", "ach", "acker", "aner",
    "eder", "egger", "einer", "hagen", "hardt", "hauser", "hausen", "holm", "kirchner",
];

/// What organizations are called after their founders' names.
pub const TRADE: [&str; 12] = [
    "Analytics",
    "Brewery",
    "Consulting",
    "Devices",
    "Energy",
    "Foods",
    "Furniture",
    "Logistics",
    "Partners",
    "Pharma",
    "Robotics",
    "Textiles",
];

pub const INDUSTRY: [&str; 20] = [
    "agriculture",
    "automotive",
    "banking",
    "chemistry",
    "construction",
    "education",
    "energy",
    "entertainment",
    "government",
    "hospitality",
    "insurance",
    "marketing",
    "medical",
    "mining",
    "retail",
    "software",
    "steel",
    "telecommunications",
    "textile",
    "transport",
];

pub const CITY: [&str; 40] = [
    "Aachen",
    "Athens",
    "Barcelona",
    "Basel",
    "Bergen",
    "Berlin",
    "Bologna",
    "Bremen",
    "Brussels",
    "Budapest",
    "Dresden",
    "Dublin",
    "Florence",
    "Geneva",
    "Ghent",
    "Graz",
    "Hamburg",
    "Helsinki",
    "Innsbruck",
    "Krakow",
    "Lille",
    "Linz",
    "Lisbon",
    "London",
    "Lyon",
    "Madrid",
    "Malmo",
    "Milan",
    "Munich",
    "Naples",
    "Oslo",
    "Paris",
    "Porto",
    "Prague",
    "Riga",
    "Rome",
    "Sofia",
    "Turin",
    "Vienna",
    "Zurich",
];

/// Family names there are.
pub const FAMILIES: u64 = (FAMILY.len() * FAMILY_END.len()) as u64;

/// A family name.
pub fn family(n: u64) -> String {
    let n = n as usize % (FAMILY.len() * FAMILY_END.len());
    format!("{}{}", FAMILY[n / FAMILY_END.len()], FAMILY_END[n % FAMILY_END.len()])
}
