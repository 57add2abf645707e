use clap::Args;
use rapport_domain::kernel::limits::Settings;

/// How much may be asked.
#[derive(Clone, Debug, Args)]
pub struct LimitSettings {
    /// Whether there are limits to what a caller, and a whole workspace, may ask in a minute
    #[arg(
        long,
        env = "RAPPORT_LIMITS",
        value_name = "BOOL",
        num_args = 0..=1,
        default_value_t = true,
        default_missing_value = "true",
        action = clap::ArgAction::Set
    )]
    limits: bool,

    /// How many requests that read each caller may make in a minute; 0 for any number
    #[arg(long, env = "RAPPORT_LIMIT_READS", default_value_t = Settings::default().reads, value_name = "N")]
    limit_reads: u32,

    /// How many requests that write each caller may make in a minute; 0 for any number
    #[arg(long, env = "RAPPORT_LIMIT_WRITES", default_value_t = Settings::default().writes, value_name = "N")]
    limit_writes: u32,

    /// How many requests about very many records each caller may make in a minute; 0 for any number
    #[arg(long, env = "RAPPORT_LIMIT_BULK", default_value_t = Settings::default().bulk, value_name = "N")]
    limit_bulk: u32,

    /// What each caller's GraphQL requests may cost in a minute (extensions.cost.requested); 0 for any number
    #[arg(long, env = "RAPPORT_LIMIT_GRAPHQL", default_value_t = Settings::default().graphql, value_name = "N")]
    limit_graphql: u32,

    /// How many times as much all callers of a workspace together may ask; 0 for any number
    #[arg(long, env = "RAPPORT_LIMIT_WORKSPACE", default_value_t = Settings::default().workspace, value_name = "TIMES")]
    limit_workspace: u32,

    /// How many requests of one workspace this node works on at once; 0 for any number. Four for each processor, and at
    /// least 8, where left out
    #[arg(long, env = "RAPPORT_LIMIT_AT_ONCE", value_name = "N")]
    limit_at_once: Option<u32>,
}

impl LimitSettings {
    /// The limits.
    pub fn settings(&self) -> Settings {
        match self.limits {
            false => Settings::none(),
            true => Settings {
                reads: self.limit_reads,
                writes: self.limit_writes,
                bulk: self.limit_bulk,
                graphql: self.limit_graphql,
                workspace: self.limit_workspace,
                at_once: self.limit_at_once.unwrap_or(Settings::default().at_once),
            },
        }
    }
}
