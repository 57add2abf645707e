use sea_orm::ActiveEnum;

/// Why something cannot become what it is to become, and what it may.
pub(crate) fn cannot_become<S: ActiveEnum<Value = String>>(
    what: &str,
    (is, that): (S, S),
    next: &[S],
) -> String {
    let names: Vec<String> = next.iter().map(ActiveEnum::to_value).collect();
    let may = if names.is_empty() { "nothing else".to_owned() } else { names.join(", ") };
    let (is, that) = (is.to_value(), that.to_value());
    format!("the {what} is {is} and cannot become {that}; it may become: {may}")
}
