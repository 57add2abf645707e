use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    web::block,
};
use rapport_domain::{Error, sales::quotes::papers::QuotePaper};

use crate::Reply;

/// A paper, to be shown or printed.
pub struct Pdf {
    name: String,
    content: Vec<u8>,
}

impl Pdf {
    /// A quote's paper. It is drawn beside the requests: that takes longer than answering does.
    pub async fn of(paper: QuotePaper) -> Reply<Self> {
        let name = format!("{}-{}.pdf", paper.quote.number, paper.quote.revision);
        let drawn = block(move || rapport_documents::quote(&paper)).await;
        let content = drawn.map_err(Error::internal)?.map_err(Error::internal)?;
        Ok(Self { name, content })
    }
}

impl Responder for Pdf {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/pdf"))
            .insert_header((CONTENT_DISPOSITION, format!("inline; filename=\"{}\"", self.name)))
            .insert_header((CACHE_CONTROL, "private, no-cache"))
            .body(self.content)
    }
}
