use sea_orm::ActiveEnum;

/// Why something cannot become what it is to become, and what it may.
pub(crate) fn cannot_become<S: ActiveEnum<Value = String>>(
    what: &str,
    (is, that): (S, S),
    next: &[S],
) -> String {
    let next: Vec<String> = next.iter().map(ActiveEnum::to_value).collect();
    refusal(what, (&is.to_value(), &that.to_value()), &next)
}

/// The same of states that the workspace names.
pub(crate) fn refusal<S: AsRef<str>>(what: &str, (is, that): (&str, &str), next: &[S]) -> String {
    let names: Vec<&str> = next.iter().map(AsRef::as_ref).collect();
    let may = if names.is_empty() { "nothing else".to_owned() } else { names.join(", ") };
    format!("the {what} is {is} and cannot become {that}; it may become: {may}")
}
