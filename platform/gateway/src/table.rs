//! The routing table: every described service, method and the instances that offer it, as of one moment.

use crate::pool::{self, Built};
use crate::reflection::is_plumbing;
use crate::upstream::Upstream;
use bytes::Bytes;
use http::Uri;
use micro_domain::catalog::Instance;
pub(crate) use micro_domain::catalog::compare_versions;
use micro_domain::schema::{Method, Schema};
use prost_reflect::{DescriptorPool, FileDescriptor, MessageDescriptor};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// What one version of a service offers.
pub(crate) struct Description {
    /// The service's name in the catalog.
    pub(crate) service: String,
    /// The version; empty where instances name none.
    pub(crate) version: String,
    /// All its types, with the well-known ones.
    pub(crate) pool: DescriptorPool,
    /// What the surfaces are generated from.
    pub(crate) schema: Arc<Schema>,
    /// A serialized `FileDescriptorSet` of the whole pool, comments included.
    pub(crate) file_descriptor_set: Bytes,
    /// Full names of its gRPC services, without reflection and health.
    pub(crate) grpc_services: Vec<String>,
    /// What could not be understood, one sentence each.
    pub(crate) omitted: Vec<String>,
    /// Full names of fields marked `debug_redact`.
    pub(crate) redacted: HashSet<String>,
    /// Its methods, by gRPC service and then by name.
    pub(crate) methods: HashMap<String, HashMap<String, Arc<MethodEntry>>>,
}

/// A method and the types it speaks.
pub(crate) struct MethodEntry {
    /// As the surfaces see it.
    pub(crate) schema: Method,
    /// Its gRPC path.
    pub(crate) uri: Uri,
    /// What it takes.
    pub(crate) input: MessageDescriptor,
    /// What it gives.
    pub(crate) output: MessageDescriptor,
}

/// One instance and the way to it.
pub(crate) struct InstanceEntry {
    /// As the catalog has it.
    pub(crate) instance: Instance,
    /// The connections, kept across tables.
    pub(crate) upstream: Arc<Upstream>,
    /// What its version offers, once described.
    pub(crate) description: Option<Arc<Description>>,
}

/// A method and all instances that offer it.
pub(crate) struct Route {
    /// The method as the newest version describes it.
    pub(crate) method: Arc<MethodEntry>,
    /// Every instance whose version has it.
    pub(crate) instances: Arc<[Arc<InstanceEntry>]>,
}

/// A service: its instances, versions and routes.
pub(crate) struct ServiceEntry {
    /// Its name in the catalog; `micro` for the platform's own API.
    pub(crate) name: String,
    /// Micro's own API, which authorises its callers itself.
    pub(crate) platform: bool,
    /// All its instances, described or not.
    pub(crate) instances: Vec<Arc<InstanceEntry>>,
    /// Its descriptions, oldest version first.
    pub(crate) descriptions: Vec<Arc<Description>>,
    /// By gRPC service, then by method.
    pub(crate) routes: HashMap<String, HashMap<String, Route>>,
    /// Why it has no description, where a try failed.
    pub(crate) undescribed: Option<String>,
}

/// Everything that can be routed to.
#[derive(Default)]
pub(crate) struct Table {
    /// The catalog's revision it was built from.
    pub(crate) revision: u64,
    /// By name in the catalog; the platform's own API is not among them.
    pub(crate) services: BTreeMap<String, Arc<ServiceEntry>>,
    /// Which services offer a gRPC service, by its full name.
    pub(crate) grpc: HashMap<String, Vec<Arc<ServiceEntry>>>,
    /// Micro's own API.
    pub(crate) platform: Option<Arc<ServiceEntry>>,
    /// Instances whose first description is still under way.
    pub(crate) pending: usize,
}

impl Table {
    /// Puts services together by what they offer.
    pub(crate) fn new(
        revision: u64,
        services: impl Iterator<Item = Arc<ServiceEntry>>,
        platform: Option<Arc<ServiceEntry>>,
        pending: usize,
    ) -> Self {
        let mut table = Self { revision, platform, pending, ..Self::default() };
        for service in services {
            for grpc_service in service.routes.keys() {
                table.grpc.entry(grpc_service.clone()).or_default().push(Arc::clone(&service));
            }
            table.services.insert(service.name.clone(), service);
        }
        table
    }
}

impl ServiceEntry {
    /// Works out which instance offers what. `descriptions` are sorted, oldest version first.
    pub(crate) fn new(
        name: &str,
        instances: Vec<Arc<InstanceEntry>>,
        descriptions: Vec<Arc<Description>>,
        undescribed: Option<String>,
    ) -> Self {
        let mut routes: HashMap<String, HashMap<String, Route>> = HashMap::new();
        for description in descriptions.iter().rev() {
            for (grpc_service, methods) in &description.methods {
                let known = routes.entry(grpc_service.clone()).or_default();
                for (method, entry) in methods {
                    if !known.contains_key(method) {
                        let instances = offering(&instances, grpc_service, method);
                        known.insert(method.clone(), Route { method: Arc::clone(entry), instances });
                    }
                }
            }
        }
        Self { name: name.to_owned(), platform: false, instances, descriptions, routes, undescribed }
    }
}

fn offering(instances: &[Arc<InstanceEntry>], grpc_service: &str, method: &str) -> Arc<[Arc<InstanceEntry>]> {
    let offers = |entry: &&Arc<InstanceEntry>| {
        let methods = entry.description.as_ref().and_then(|one| one.methods.get(grpc_service));
        methods.is_some_and(|methods| methods.contains_key(method))
    };
    instances.iter().filter(offers).cloned().collect()
}

impl Description {
    /// Describes one version by its descriptors. `listed` are the gRPC services it says it offers; all of its own files'
    /// where it does not say.
    pub(crate) fn new(service: &str, version: &str, built: Built, listed: Option<Vec<String>>) -> Self {
        let Built { pool, files, mut omitted } = built;
        let own = || files.iter().filter_map(|name| pool.get_file_by_name(name));
        let listed = listed.unwrap_or_else(|| {
            let all = own()
                .flat_map(|file| file.services().map(|one| one.full_name().to_owned()).collect::<Vec<_>>());
            all.filter(|name| !is_plumbing(name)).collect()
        });
        let (known, unknown): (Vec<String>, Vec<String>) =
            listed.into_iter().partition(|name| pool.get_service_by_name(name).is_some());
        omitted.extend(
            unknown.iter().map(|name| format!("`{}` is offered, but not described", pool::shown(name))),
        );
        let mut schema = micro_proto::schema::schema(&pool, known.iter().map(String::as_str));
        schema.omitted.clone_from(&omitted);
        let methods = methods(&pool, &schema);
        let file_descriptor_set = encoded(own());
        let redacted = crate::grpc::marked(&pool);
        Self {
            service: service.to_owned(),
            version: version.to_owned(),
            pool,
            schema: Arc::new(schema),
            file_descriptor_set,
            grpc_services: known,
            omitted,
            redacted,
            methods,
        }
    }
}

fn methods(pool: &DescriptorPool, schema: &Schema) -> HashMap<String, HashMap<String, Arc<MethodEntry>>> {
    let mut all: HashMap<String, HashMap<String, Arc<MethodEntry>>> = HashMap::new();
    for method in schema.methods() {
        let service = pool.get_service_by_name(&method.service);
        let found = service.and_then(|service| service.methods().find(|one| one.name() == method.name));
        let (Some(descriptor), Ok(uri)) = (found, method.path().parse()) else { continue };
        let (input, output) = (descriptor.input(), descriptor.output());
        let entry = MethodEntry { schema: method.clone(), uri, input, output };
        all.entry(method.service.clone()).or_default().insert(method.name.clone(), Arc::new(entry));
    }
    all
}

/// A serialized `FileDescriptorSet` of these files and all they import, each after its imports.
fn encoded(files: impl Iterator<Item = FileDescriptor>) -> Bytes {
    use prost::encoding::{WireType, encode_key, encode_varint};
    let (mut seen, mut out) = (HashSet::new(), Vec::new());
    // A file is written once its imports are: it waits on the stack below them.
    for file in files {
        let mut stack = vec![(file, false)];
        while let Some((file, ready)) = stack.pop() {
            if ready {
                let bytes = file.encode_to_vec();
                encode_key(1, WireType::LengthDelimited, &mut out);
                encode_varint(bytes.len() as u64, &mut out);
                out.extend_from_slice(&bytes);
            } else if seen.insert(file.name().to_owned()) {
                let imports: Vec<FileDescriptor> = file.dependencies().collect();
                stack.push((file, true));
                stack.extend(imports.into_iter().map(|import| (import, false)));
            }
        }
    }
    out.into()
}
