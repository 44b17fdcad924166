//! Which continent a country lies on, as geo databases in `MaxMind`'s format have it: a name server's map begins there.
//! Only the two-letter codes of ISO 3166-1; nothing about subdivisions, which the databases know themselves.

/// Continents and the countries on them, by the codes of such databases.
const CONTINENTS: [(&str, &str); 7] = [
    (
        "AF",
        "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RE \
         RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    ),
    ("AN", "AQ BV GS HM TF"),
    (
        "AS",
        "AE AF AM AZ BD BH BN BT CC CN CX GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK \
         PS QA SA SG SY TH TJ TM TR TW UZ VN YE",
    ),
    (
        "EU",
        "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL \
         NO PL PT RO RS RU SE SI SJ SK SM UA VA XK",
    ),
    (
        "NA",
        "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX TC TT US VC \
         VG VI",
    ),
    ("OC", "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TL TO TV UM VU WF WS"),
    ("SA", "AR BO BR CL CO EC FK GF GY PE PY SR UY VE"),
];

/// The continent of a country; `None` where the code is no country's.
pub fn continent(country: &str) -> Option<&'static str> {
    let on = |countries: &str| countries.split_whitespace().any(|code| code == country);
    CONTINENTS.iter().find(|(_, countries)| on(countries)).map(|(continent, _)| *continent)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_country_lies_on_one_continent() {
        let all: Vec<&str> = CONTINENTS.iter().flat_map(|(_, countries)| countries.split_whitespace()).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(all.len(), 250, "249 of ISO 3166-1 and Kosovo");
        assert_eq!(continent("RU"), Some("EU"));
        assert_eq!(continent("KZ"), Some("AS"));
        assert_eq!(continent("XX"), None);
    }
}
