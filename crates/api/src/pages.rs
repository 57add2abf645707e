//! The two documentation pages: the API reference (`/docs`) and GraphiQL (`GET /graphql`).
//!
//! Everything they need is in the binary, so that they work without a network, and the pages
//! allow nothing from elsewhere by their content security policy. How the vendored files came
//! to be is told by `assets/docs/NOTICE.md` and `assets/graphiql/NOTICE.md`.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::sync::OnceLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, AcceptEncoding, ContentEncoding, Encoding, EntityTag, Header, IfNoneMatch,
};
use actix_web::web::{self, Bytes, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use flate2::read::GzDecoder;

/// What the pages may load: their own files, `data:` pictures and nothing else.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; \
    style-src 'self' 'unsafe-inline'; connect-src 'self'; worker-src 'self' blob:; \
    base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// The cache rule of files that may change with the next release.
const REVALIDATE: &str = "no-cache";
/// The cache rule of vendored files, whose names carry their versions.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// One file of a page, as it lies in the binary.
struct Asset {
    name: &'static str,
    mime: &'static str,
    data: &'static [u8],
    /// Whether it is a vendored file: compressed with gzip, and never changed under its name.
    vendored: bool,
    tag: OnceLock<String>,
    plain: OnceLock<Bytes>,
}

impl Asset {
    const fn own(name: &'static str, mime: &'static str, data: &'static [u8]) -> Self {
        Self { name, mime, data, vendored: false, tag: OnceLock::new(), plain: OnceLock::new() }
    }

    const fn vendored(name: &'static str, mime: &'static str, data: &'static [u8]) -> Self {
        Self { name, mime, data, vendored: true, tag: OnceLock::new(), plain: OnceLock::new() }
    }

    const fn cache_control(&self) -> &'static str {
        if self.vendored { FOREVER } else { REVALIDATE }
    }

    /// A weak tag: the same one for the compressed and the plain form.
    fn etag(&self) -> EntityTag {
        let tag = self.tag.get_or_init(|| {
            let mut hasher = DefaultHasher::new();
            self.data.hash(&mut hasher);
            format!("{:016x}", hasher.finish())
        });
        EntityTag::new_weak(tag.clone())
    }

    /// The content without compression; unpacked once, and only if somebody asks for it.
    fn plain(&self) -> io::Result<Bytes> {
        if !self.vendored {
            return Ok(Bytes::from_static(self.data));
        }
        if let Some(plain) = self.plain.get() {
            return Ok(plain.clone());
        }
        let mut content = Vec::new();
        GzDecoder::new(self.data).read_to_end(&mut content)?;
        Ok(self.plain.get_or_init(|| Bytes::from(content)).clone())
    }
}

static DOCS_INDEX: Asset =
    Asset::own("index.html", HTML, include_bytes!("../assets/docs/index.html"));

static GRAPHIQL_INDEX: Asset =
    Asset::own("index.html", HTML, include_bytes!("../assets/graphiql/index.html"));

static DOCS_FILES: [Asset; 6] = [
    Asset::own("docs.css", CSS, include_bytes!("../assets/docs/docs.css")),
    Asset::own("docs.js", JS, include_bytes!("../assets/docs/docs.js")),
    Asset::own("session.css", CSS, include_bytes!("../assets/docs/session.css")),
    Asset::own("session.js", JS, include_bytes!("../assets/docs/session.js")),
    Asset::vendored(
        "swagger-ui-5.35.0.css",
        CSS,
        include_bytes!("../assets/docs/vendor/swagger-ui-5.35.0.css.gz"),
    ),
    Asset::vendored(
        "swagger-ui-bundle-5.35.0.js",
        JS,
        include_bytes!("../assets/docs/vendor/swagger-ui-bundle-5.35.0.js.gz"),
    ),
];

static GRAPHIQL_FILES: [Asset; 6] = [
    Asset::own("page.css", CSS, include_bytes!("../assets/graphiql/page.css")),
    Asset::own("page.js", JS, include_bytes!("../assets/graphiql/page.js")),
    Asset::vendored(
        "graphiql-4.1.2.css",
        CSS,
        include_bytes!("../assets/graphiql/vendor/graphiql-4.1.2.css.gz"),
    ),
    Asset::vendored(
        "graphiql-4.1.2.js",
        JS,
        include_bytes!("../assets/graphiql/vendor/graphiql-4.1.2.js.gz"),
    ),
    Asset::vendored(
        "react-18.3.1.js",
        JS,
        include_bytes!("../assets/graphiql/vendor/react-18.3.1.js.gz"),
    ),
    Asset::vendored(
        "react-dom-18.3.1.js",
        JS,
        include_bytes!("../assets/graphiql/vendor/react-dom-18.3.1.js.gz"),
    ),
];

/// Adds `/docs` with its files, and the files of GraphiQL below `/graphql/assets`.
///
/// The page of GraphiQL itself shares its address with the GraphQL endpoint, so that the server
/// asks [`graphiql`] when a browser asks there.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource(["/docs", "/docs/"])
            .route(web::get().to(docs_index))
            .route(web::head().to(docs_index)),
    )
    .service(
        web::resource("/docs/{file}")
            .route(web::get().to(docs_file))
            .route(web::head().to(docs_file)),
    )
    .service(
        web::resource("/graphql/assets/{file}")
            .route(web::get().to(graphiql_file))
            .route(web::head().to(graphiql_file)),
    );
}

/// The HTML of GraphiQL, for a `GET /graphql` that accepts `text/html`.
pub async fn graphiql() -> HttpResponse {
    let mut response = respond(&GRAPHIQL_INDEX);
    response.insert_header((header::VARY, "Accept, Accept-Encoding"));
    response.body(GRAPHIQL_INDEX.data)
}

async fn docs_index(request: HttpRequest) -> HttpResponse {
    serve(&request, &DOCS_INDEX)
}

async fn docs_file(request: HttpRequest, file: Path<String>) -> HttpResponse {
    serve_named(&request, &DOCS_FILES, &file)
}

async fn graphiql_file(request: HttpRequest, file: Path<String>) -> HttpResponse {
    serve_named(&request, &GRAPHIQL_FILES, &file)
}

fn serve_named(request: &HttpRequest, files: &'static [Asset], name: &str) -> HttpResponse {
    match files.iter().find(|asset| asset.name == name) {
        Some(asset) => serve(request, asset),
        None => not_found(),
    }
}

fn serve(request: &HttpRequest, asset: &'static Asset) -> HttpResponse {
    let mut response = respond(asset);
    if is_current(request, asset) {
        response.status(StatusCode::NOT_MODIFIED);
        return response.finish();
    }
    if asset.vendored && accepts_gzip(request) {
        response.insert_header(ContentEncoding::Gzip);
        return response.body(asset.data);
    }
    match asset.plain() {
        Ok(content) => response.body(content),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

/// A response with all headers of the asset, but without its content.
fn respond(asset: &Asset) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type(asset.mime)
        .insert_header((header::CACHE_CONTROL, asset.cache_control()))
        .insert_header(header::ETag(asset.etag()))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "same-origin"));
    response
}

fn not_found() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("application/problem+json")
        .body(r#"{"type":"about:blank","title":"Not Found","status":404}"#)
}

/// Whether the client holds this very version already.
fn is_current(request: &HttpRequest, asset: &Asset) -> bool {
    if !request.headers().contains_key(header::IF_NONE_MATCH) {
        return false;
    }
    let tag = asset.etag();
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(held)) => held.iter().any(|one| one.weak_eq(&tag)),
        Err(_) => false,
    }
}

fn accepts_gzip(request: &HttpRequest) -> bool {
    if !request.headers().contains_key(header::ACCEPT_ENCODING) {
        return false;
    }
    let offered = [Encoding::gzip(), Encoding::identity()];
    AcceptEncoding::parse(request)
        .is_ok_and(|accepted| accepted.negotiate(offered.iter()) == Some(Encoding::gzip()))
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::dev::ServiceResponse;
    use actix_web::http::Method;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse};

    use super::*;

    async fn call(request: TestRequest) -> HttpResponse {
        let app = App::new().configure(routes).route("/graphql", web::get().to(graphiql));
        let app = init_service(app).await;
        let response: ServiceResponse = call_service(&app, request.to_request()).await;
        let (_, response) = response.into_parts();
        response.map_into_boxed_body()
    }

    fn get(path: &str) -> TestRequest {
        TestRequest::get().uri(path)
    }

    fn text(response: &HttpResponse, name: header::HeaderName) -> &str {
        response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    async fn body(response: HttpResponse) -> Bytes {
        to_bytes(response.into_body()).await.unwrap_or_default()
    }

    fn addresses() -> impl Iterator<Item = (String, &'static Asset)> {
        let docs = DOCS_FILES.iter().map(|asset| (format!("/docs/{}", asset.name), asset));
        let graphiql =
            GRAPHIQL_FILES.iter().map(|asset| (format!("/graphql/assets/{}", asset.name), asset));
        docs.chain(graphiql)
    }

    #[actix_web::test]
    async fn every_file_is_served_plain_and_compressed() {
        for (address, asset) in addresses() {
            let plain = call(get(&address)).await;
            assert_eq!(plain.status(), StatusCode::OK, "{address}");
            assert_eq!(text(&plain, header::CONTENT_ENCODING), "");
            assert_eq!(text(&plain, header::CONTENT_TYPE), asset.mime);
            let plain = body(plain).await;
            let zipped = call(get(&address).insert_header(("accept-encoding", "gzip, br"))).await;
            let coding = text(&zipped, header::CONTENT_ENCODING).to_owned();
            assert_eq!(coding, if asset.vendored { "gzip" } else { "" });
            assert_eq!(asset.vendored, body(zipped).await.starts_with(&[0x1f, 0x8b]));
            assert!(!plain.is_empty() && !plain.starts_with(&[0x1f, 0x8b]));
        }
    }

    #[actix_web::test]
    async fn gzip_is_not_sent_to_those_who_refuse_it() {
        let address = "/docs/swagger-ui-5.35.0.css";
        for accepted in ["identity", "br", "gzip;q=0", "*", "gzip;q=0, *", ""] {
            let response = call(get(address).insert_header(("accept-encoding", accepted))).await;
            assert_eq!(text(&response, header::CONTENT_ENCODING), "", "{accepted}");
        }
        for accepted in ["gzip", "gzip, deflate, br, zstd", "br;q=1, gzip;q=0.5"] {
            let response = call(get(address).insert_header(("accept-encoding", accepted))).await;
            assert_eq!(text(&response, header::CONTENT_ENCODING), "gzip", "{accepted}");
        }
    }

    #[actix_web::test]
    async fn pages_come_with_their_policy_and_are_checked_again() {
        for address in ["/docs", "/docs/", "/graphql"] {
            let response = call(get(address)).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(text(&response, header::CONTENT_TYPE), HTML);
            assert_eq!(text(&response, header::CACHE_CONTROL), REVALIDATE);
            let policy = text(&response, header::CONTENT_SECURITY_POLICY);
            assert!(policy.starts_with("default-src 'self'; img-src 'self' data:; style-src"));
            assert!(policy.ends_with("frame-ancestors 'none'"));
        }
    }

    #[actix_web::test]
    async fn pages_name_only_files_that_exist() {
        let known: Vec<String> = addresses().map(|(address, _)| address).collect();
        for page in [&DOCS_INDEX, &GRAPHIQL_INDEX] {
            let html = String::from_utf8_lossy(page.data).into_owned();
            let named =
                html.split('"').filter(|part| part.ends_with("css") || part.ends_with("js"));
            let mut count = 0;
            for file in named.filter(|part| part.starts_with('/')) {
                assert!(known.iter().any(|address| address == file), "{file}");
                count += 1;
            }
            assert!(count >= 6);
        }
    }

    #[actix_web::test]
    async fn a_held_version_is_not_sent_again() {
        for address in ["/docs", "/docs/docs.js", "/graphql/assets/react-18.3.1.js"] {
            let first = call(get(address)).await;
            let tag = text(&first, header::ETAG).to_owned();
            assert!(tag.starts_with("W/\""));
            let again = call(get(address).insert_header(("if-none-match", tag.as_str()))).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
            assert_eq!(text(&again, header::ETAG), tag);
            assert!(body(again).await.is_empty());
            let other = call(get(address).insert_header(("if-none-match", "\"other\""))).await;
            assert_eq!(other.status(), StatusCode::OK);
        }
    }

    #[actix_web::test]
    async fn head_is_known_and_other_methods_and_files_are_not() {
        for (address, method, status) in [
            ("/docs", Method::HEAD, StatusCode::OK),
            ("/docs/docs.css", Method::HEAD, StatusCode::OK),
            ("/graphql/assets/page.js", Method::HEAD, StatusCode::OK),
            ("/docs/none.js", Method::GET, StatusCode::NOT_FOUND),
            ("/docs/..%2fdocs.js", Method::GET, StatusCode::NOT_FOUND),
            ("/graphql/assets/index.html", Method::GET, StatusCode::NOT_FOUND),
            ("/docs", Method::POST, StatusCode::METHOD_NOT_ALLOWED),
        ] {
            let response = call(TestRequest::with_uri(address).method(method)).await;
            assert_eq!(response.status(), status, "{address}");
        }
    }
}
