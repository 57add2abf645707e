//! Looking things up in the schemas that types publish.

use std::collections::BTreeMap;

use utoipa::{
    ToSchema,
    openapi::{Object, RefOr, Schema},
};

/// The schema of a type, with those it refers to.
pub struct Schemas {
    of: RefOr<Schema>,
    named: BTreeMap<String, RefOr<Schema>>,
}

impl Schemas {
    /// The schema of `T`.
    pub fn of<T: ToSchema>() -> Self {
        let mut named = Vec::new();
        T::schemas(&mut named);
        Self { of: T::schema(), named: named.into_iter().collect() }
    }

    /// The objects that a value of the type is made of: one, mostly.
    pub fn objects(&self) -> Vec<&Object> {
        self.objects_of(&self.of, 0)
    }

    /// The objects that the value at a place is made of.
    pub fn objects_at(&self, place: &[String]) -> Vec<&Object> {
        let mut here = vec![&self.of];
        for step in place {
            here = here.into_iter().flat_map(|schema| self.within(schema, step, 0)).collect();
        }
        here.into_iter().flat_map(|schema| self.objects_of(schema, 0)).collect()
    }

    /// What a member or an item is, by its name or its number.
    fn within<'s>(
        &'s self,
        of: &'s RefOr<Schema>,
        step: &str,
        depth: usize,
    ) -> Vec<&'s RefOr<Schema>> {
        self.shapes(of, depth)
            .into_iter()
            .filter_map(|shape| match shape {
                Schema::Object(object) => object.properties.get(step),
                Schema::Array(array) => match &array.items {
                    utoipa::openapi::schema::ArrayItems::RefOrSchema(items) => Some(items.as_ref()),
                    utoipa::openapi::schema::ArrayItems::False => None,
                },
                _ => None,
            })
            .collect()
    }

    fn objects_of<'s>(&'s self, of: &'s RefOr<Schema>, depth: usize) -> Vec<&'s Object> {
        let shapes = self.shapes(of, depth).into_iter();
        shapes
            .filter_map(|shape| match shape {
                Schema::Object(object) => Some(object),
                _ => None,
            })
            .collect()
    }

    /// A schema without references, and taken apart where it is made of several.
    fn shapes<'s>(&'s self, of: &'s RefOr<Schema>, depth: usize) -> Vec<&'s Schema> {
        if depth > DEEPEST {
            return Vec::new();
        }
        let parts = match of {
            RefOr::Ref(reference) => {
                let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
                let named = self.named.get(name).into_iter();
                return named.flat_map(|schema| self.shapes(schema, depth + 1)).collect();
            }
            RefOr::T(Schema::AllOf(all)) => &all.items,
            RefOr::T(Schema::OneOf(one)) => &one.items,
            RefOr::T(Schema::AnyOf(any)) => &any.items,
            RefOr::T(schema) => return vec![schema],
        };
        parts.iter().flat_map(|part| self.shapes(part, depth + 1)).collect()
    }
}

/// How far references are followed.
const DEEPEST: usize = 10;
