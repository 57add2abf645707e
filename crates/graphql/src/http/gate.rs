//! What every request passes, over HTTP and over WebSocket alike, before it is executed.

use std::sync::Arc;

use async_graphql::{
    Name, Request, ServerError,
    parser::types::{
        DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
        SelectionSet,
    },
};
use rapport_domain::{Ctx, sales::leads::submissions::Visitor};

use super::{
    answer::{Answer, Code, Refusal, refuse},
    bounds,
    documents::Documents,
    inputs,
    params::Params,
    persisted::Persisted,
    shapes::Shapes,
    variables,
};
use crate::{Schema, rows};

/// The fields that strangers may select: one is not signed in before them.
pub const OPEN_TO_STRANGERS: [&str; 10] = [
    "createSession",
    "refreshSession",
    "acceptInvitation",
    "submitLeadForm",
    "receiveMail",
    "openQuoteLink",
    "openSurvey",
    "answerSurvey",
    "acceptQuoteLink",
    "declineQuoteLink",
];

/// The schema, and what is kept from one request for the next.
pub struct Gate {
    /// The schema.
    pub schema: Schema,
    shapes: Shapes,
    documents: Documents,
    persisted: Persisted,
}

/// A request that may be executed.
pub struct Admitted {
    /// What it does.
    pub kind: OperationType,
    /// What it costs.
    pub cost: u64,
    request: Request,
}

impl Admitted {
    /// The same, with where it comes from.
    #[must_use]
    pub fn from(mut self, visitor: Visitor) -> Self {
        self.request = self.request.data(visitor);
        self
    }

    /// What it draws on the caller's budget.
    pub fn tokens(&self) -> u32 {
        u32::try_from(self.cost).unwrap_or(u32::MAX).max(1)
    }
}

impl Gate {
    /// A gate before a schema.
    ///
    /// # Errors
    /// Where the schema's description cannot be read.
    pub fn new(schema: Schema) -> Result<Self, async_graphql::parser::Error> {
        let shapes = Shapes::read(&schema.sdl())?;
        let (documents, persisted) = (Documents::new(), Persisted::new());
        Ok(Self { schema, shapes, documents, persisted })
    }

    /// Lets a caller's request through, with all that resolvers need of the caller.
    ///
    /// # Errors
    /// Where it is wrong, or asks too much.
    pub fn admit(&self, mut params: Params, me: Ctx) -> Result<Admitted, Refusal> {
        let to_keep = self.persisted.find(me.actor().workspace, &mut params)?;
        let mut admitted = self.measured(params)?.0;
        if let Some(query) = to_keep {
            self.persisted.keep(query);
        }
        let rows = rows::loader(me.clone());
        // What it has loaded is as old as the request. One that goes on must load anew.
        rows.enable_all_cache(admitted.kind != OperationType::Subscription);
        admitted.request = admitted.request.data(me).data(rows);
        Ok(admitted)
    }

    /// Lets a stranger's request through, if it only does what strangers may. They are told nothing of the schema.
    pub fn admit_stranger(&self, params: Params) -> Option<Admitted> {
        let (mut admitted, document) = self.measured(params).ok()?;
        let name = admitted.request.operation_name.as_deref();
        let operation = select(&document, name).ok()?;
        let open = operation.ty != OperationType::Subscription
            && only_open_fields(&document, &operation.selection_set.node);
        admitted.request = admitted.request.disable_introspection();
        open.then_some(admitted)
    }

    fn measured(&self, params: Params) -> Result<(Admitted, Arc<ExecutableDocument>), Refusal> {
        let Params { query, operation_name, variables, .. } = params;
        let refusal = |err: ServerError| Refusal::of_query(vec![err]);
        let document = self.documents.parse(&query).map_err(refusal)?;
        let operation = select(&document, operation_name.as_deref()).map_err(refusal)?;
        let cost = bounds::measure(&self.shapes, &document, operation, &variables)
            .map_err(|(errors, cost)| Refusal::of_query(errors).costing(cost))?;
        let wrong = inputs::check(&self.shapes, &document, operation, &variables);
        if !wrong.is_empty() {
            return Err(Refusal::of_query(wrong).costing(cost));
        }
        let kind = operation.ty;
        let mut to_execute = ExecutableDocument::clone(&document);
        let absent = variables::absent(operation, &variables);
        if !absent.is_empty() {
            variables::leave_out(&absent, &mut to_execute);
        }
        let mut request = Request::new(query).variables(variables);
        request.operation_name = operation_name;
        request.set_parsed_query(to_execute);
        Ok((Admitted { kind, cost, request }, document))
    }

    /// Executes a query or a mutation.
    pub async fn execute(&self, admitted: Admitted) -> Answer {
        let response = self.schema.execute(admitted.request).await;
        Answer::executed(response, admitted.cost)
    }

    /// Executes a subscription.
    pub fn subscribe(
        &self,
        admitted: Admitted,
    ) -> impl futures_util::Stream<Item = async_graphql::Response> + Send + use<> {
        self.schema.execute_stream(admitted.request)
    }
}

/// The operation of a document that is to be executed.
fn select<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, ServerError> {
    let found = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => {
            operations.get(name).ok_or_else(|| format!("the query has no operation \"{name}\""))
        }
        (DocumentOperations::Single(_), Some(name)) => {
            Err(format!("the query has no operation \"{name}\""))
        }
        (DocumentOperations::Multiple(operations), None) => {
            let mut operations = operations.values();
            operations
                .next()
                .filter(|_| operations.next().is_none())
                .ok_or_else(|| "operationName is needed: the query has several".to_owned())
        }
    };
    found
        .map(|operation| &operation.node)
        .map_err(|message| refuse(Code::Validation, message, None))
}

/// Whether only fields are selected that strangers may select. The document is within bounds.
fn only_open_fields(document: &ExecutableDocument, set: &SelectionSet) -> bool {
    let of_fragment = |name: &Name| {
        let fragment = document.fragments.get(name);
        fragment.is_some_and(|of| only_open_fields(document, &of.node.selection_set.node))
    };
    set.items.iter().all(|selection| match &selection.node {
        Selection::Field(field) => OPEN_TO_STRANGERS.contains(&field.node.name.node.as_str()),
        Selection::InlineFragment(of) => only_open_fields(document, &of.node.selection_set.node),
        Selection::FragmentSpread(spread) => of_fragment(&spread.node.fragment_name.node),
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn strangers_may_select_nothing_but_what_lets_them_in() {
        let open = |query: &str| {
            let document = parse_query(query).unwrap();
            let operation = select(&document, None).unwrap();
            only_open_fields(&document, &operation.selection_set.node)
        };
        for query in [
            "mutation { createSession { accessToken } }",
            "mutation { a: refreshSession { accessToken } ... { acceptInvitation { id } } }",
            "mutation { ...F } fragment F on Mutation { createSession { accessToken } }",
            "mutation { submitLeadForm { received } }",
            "query { openQuoteLink { status } }",
        ] {
            assert!(open(query), "{query}");
        }
        for query in [
            "mutation { __typename }",
            "mutation { createSession: deleteCustomer { id } }",
            "mutation { createSession { accessToken } deleteCustomer { id } }",
            "mutation { createSession { accessToken } ... on Mutation { deleteCustomer { id } } }",
            "mutation { ...F } fragment F on Mutation { deleteCustomer { id } }",
            "mutation { ...G }",
            "{ __schema { types { name } } }",
        ] {
            assert!(!open(query), "{query}");
        }
    }

    #[test]
    fn the_operation_is_found_by_name_or_by_being_the_only_one() {
        let kind = |query: &str, name: Option<&str>| {
            select(&parse_query(query).unwrap(), name).map(|of| of.ty).map_err(|err| err.message)
        };
        let two = "query A { a } mutation B { b }";
        assert_eq!(kind("{ a }", None), Ok(OperationType::Query));
        assert_eq!(kind("mutation B { b }", None), Ok(OperationType::Mutation));
        assert_eq!(kind(two, Some("B")), Ok(OperationType::Mutation));
        assert!(kind(two, None).unwrap_err().contains("has several"));
        assert!(kind(two, Some("C")).unwrap_err().contains("\"C\""));
        assert!(kind("{ a }", Some("A")).unwrap_err().contains("\"A\""));
    }
}
