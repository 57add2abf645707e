//! Which price it is: of the books that hold, in their order, the first that has one for the quantity.

use std::{cmp::Reverse, collections::HashMap};

use rapport_entity::{
    Date, Priority, Quantity,
    sales::{
        price_book::{self, Id},
        price_book_entry, product,
    },
};

use super::PriceOrigin;

/// The price books that hold for somebody, those first whose prices come first, and the prices in them.
pub struct Books {
    books: Vec<price_book::Model>,
    tiers: HashMap<(Id, product::Id), Vec<price_book_entry::Model>>,
}

impl Books {
    /// Puts books and prices in order.
    pub fn new(
        mut books: Vec<price_book::Model>,
        entries: impl IntoIterator<Item = price_book_entry::Model>,
    ) -> Self {
        books.sort_by_key(place);
        let mut tiers: HashMap<_, Vec<price_book_entry::Model>> = HashMap::new();
        for entry in entries {
            tiers.entry((entry.price_book_id, entry.product_id)).or_default().push(entry);
        }
        for tiers in tiers.values_mut() {
            tiers.sort_by_key(|tier| Reverse(tier.minimum_quantity));
        }
        Self { books, tiers }
    }

    /// The price of so many of a product, and the book that it is in.
    pub fn price(
        &self,
        product: product::Id,
        quantity: Quantity,
    ) -> Option<(&price_book::Model, &price_book_entry::Model)> {
        self.books.iter().find_map(|book| {
            let mut tiers = self.tiers.get(&(book.id, product))?.iter();
            tiers.find(|tier| tier.minimum_quantity <= quantity).map(|tier| (book, tier))
        })
    }
}

/// Where a book stands among others: for the customer, for segments, for everybody; then the highest priority; then the
/// one that began last; then by id.
fn place(book: &price_book::Model) -> (PriceOrigin, Reverse<Priority>, Reverse<Option<Date>>, Id) {
    (origin(book), Reverse(book.priority), Reverse(book.valid_from), book.id)
}

/// Where the prices in a book come from.
pub fn origin(book: &price_book::Model) -> PriceOrigin {
    match (book.customer_id, book.segment_id) {
        (Some(_), _) => PriceOrigin::CustomerPriceBook,
        (None, Some(_)) => PriceOrigin::SegmentPriceBook,
        (None, None) => PriceOrigin::PriceBook,
    }
}
