//! Service: what customers have of us, what they are promised, what they turn to us with.

/// What customers are promised for a time.
pub mod agreement;
/// What service is looked at by.
pub mod analysis;
/// What customers have of us.
pub mod asset;
pub mod asset_step;
/// Files that belong to requests.
pub mod attachment;
/// Answers that are written once.
pub mod canned_answer;
/// What came of complaints.
pub mod complaint;
/// Why customers complain.
pub mod complaint_cause;
/// What service clocks are looked at by.
pub mod compliance;
/// What customers may ask of us.
pub mod entitlement;
pub mod inbound_mail;
/// Addresses whose mail becomes requests.
pub mod mailbox;
/// What customers are promised one by one.
pub mod promise;
pub mod queue;
pub mod queue_turn;
/// Who is answering requests.
pub mod request_answering;
pub mod request_link;
/// What is written about requests.
pub mod request_message;
pub mod request_watcher;
/// What users can do for service.
pub mod service_agent;
/// What is promised of requests, and what came of it.
pub mod service_clock;
/// How requests were escalated.
pub mod service_escalation;
/// What follows when requests do not go as they should.
pub mod service_escalation_rule;
/// What products carry.
pub mod service_plan;
/// What is promised of service requests.
pub mod service_policy;
/// Service requests.
pub mod service_request;
/// Which queues requests come into.
pub mod service_routing_rule;
/// Where service requests may stand.
pub mod service_status;
pub mod service_step;
/// Where assets stand and service is done.
pub mod site;
/// What agents can do, and what requests need.
pub mod skill;
pub mod stored_object;
/// What customers are asked.
pub mod survey;
/// What they say.
pub mod survey_response;
