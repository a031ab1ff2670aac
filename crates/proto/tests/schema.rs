//! The rules that the `.proto` files are held to, also where `buf` is not at hand: names as buf's
//! STANDARD asks for them, a comment on everything that a client can see, and what `json` relies on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use prost_reflect::{
    DescriptorPool, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
    ServiceDescriptor,
};
use prost_types::{DescriptorProto, FileDescriptorProto, MessageOptions};

const PACKAGE: &str = "bellwether.v1";

/// What breaks the rules, each with the full name of what it is about.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn check(&mut self, holds: bool, name: &str, rule: &str) {
        if !holds {
            self.0.push(format!("{name} {rule}"));
        }
    }

    #[track_caller]
    fn none(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto")
}

/// The package as it is in the source, comments included.
fn source() -> DescriptorPool {
    let entries = fs::read_dir(root().join("bellwether/v1")).expect("the package is there");
    let paths = entries.map(|entry| entry.expect("a readable directory").path());
    let protos = paths.filter(|path| path.extension().is_some_and(|e| e == "proto"));
    let mut compiler = protox::Compiler::new([root()]).expect("the root is there");
    compiler.include_source_info(true).include_imports(true);
    compiler.open_files(protos).expect("the package compiles");
    compiler.descriptor_pool()
}

fn files(pool: &DescriptorPool) -> Vec<FileDescriptor> {
    pool.files().filter(|file| file.package_name() == PACKAGE).collect()
}

fn messages(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    let ours = pool.all_messages().filter(|message| message.package_name() == PACKAGE);
    ours.filter(|message| !message.is_map_entry()).collect()
}

fn fields(pool: &DescriptorPool) -> Vec<FieldDescriptor> {
    messages(pool).iter().flat_map(MessageDescriptor::fields).collect()
}

fn enums(pool: &DescriptorPool) -> Vec<EnumDescriptor> {
    pool.all_enums().filter(|kind| kind.package_name() == PACKAGE).collect()
}

fn services(pool: &DescriptorPool) -> Vec<ServiceDescriptor> {
    pool.services().filter(|service| service.package_name() == PACKAGE).collect()
}

fn is_pascal_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_lower_snake_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('_')
        && !name.contains("__")
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// `RunState` as `RUN_STATE`.
fn upper_snake_case(name: &str) -> String {
    let mut upper = String::new();
    for (at, letter) in name.char_indices() {
        if at > 0 && letter.is_ascii_uppercase() {
            upper.push('_');
        }
        upper.push(letter.to_ascii_uppercase());
    }
    upper
}

#[test]
fn files_say_where_they_belong() {
    let mut findings = Findings::default();
    let pool = source();
    assert!(files(&pool).len() > 10, "the package is found");
    for file in files(&pool) {
        let (name, proto) = (file.name(), file.file_descriptor_proto());
        let (folder, stem) = name.rsplit_once('/').unwrap_or(("", name));
        let stem = stem.trim_end_matches(".proto");
        findings.check(folder == "bellwether/v1", name, "is not in the folder of its package");
        findings.check(is_lower_snake_case(stem), name, "is not in lower_snake_case");
        findings.check(proto.syntax() == "proto3", name, "is not proto3");
        let options = proto.options.clone().unwrap_or_default();
        let go = "github.com/bellwether-scheduler/bellwether/gen/go/bellwether/v1;bellwetherv1";
        findings.check(options.go_package() == go, name, "has another go_package");
        let java = "io.github.bellwether_scheduler.v1";
        findings.check(options.java_package() == java, name, "has another java_package");
        findings.check(options.java_multiple_files(), name, "lacks java_multiple_files");
        let plain = proto.public_dependency.is_empty() && proto.weak_dependency.is_empty();
        findings.check(plain, name, "imports publicly or weakly");
    }
    findings.none();
}

#[test]
fn messages_and_fields_are_named_as_buf_asks() {
    let mut findings = Findings::default();
    for message in messages(&source()) {
        findings.check(is_pascal_case(message.name()), message.full_name(), "is not PascalCase");
        for field in message.fields() {
            let fits = is_lower_snake_case(field.name());
            findings.check(fits, field.full_name(), "is not lower_snake_case");
        }
        for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            let fits = is_lower_snake_case(oneof.name());
            findings.check(fits, oneof.full_name(), "is not lower_snake_case");
        }
    }
    findings.none();
}

#[test]
fn enum_values_carry_their_enum_and_zero_is_unspecified() {
    let mut findings = Findings::default();
    for kind in enums(&source()) {
        let name = kind.full_name();
        findings.check(is_pascal_case(kind.name()), name, "is not PascalCase");
        findings.check(kind.parent_message().is_none(), name, "is inside a message");
        let prefix = upper_snake_case(kind.name()) + "_";
        let zero = kind.get_value(0).map(|value| value.name().to_owned());
        let unspecified = Some(format!("{prefix}UNSPECIFIED"));
        findings.check(zero == unspecified, name, "has another value than UNSPECIFIED at 0");
        let mut numbers = BTreeSet::new();
        for value in kind.values() {
            let rest = value.name().strip_prefix(&prefix);
            let upper = value.name().to_ascii_uppercase() == value.name();
            let fits = upper && rest.is_some_and(|rest| is_lower_snake_case(&rest.to_lowercase()));
            findings.check(fits, value.full_name(), "is not its enum's name and UPPER_SNAKE_CASE");
            findings.check(numbers.insert(value.number()), value.full_name(), "is an alias");
        }
    }
    findings.none();
}

#[test]
fn every_rpc_has_a_request_and_a_response_of_its_own() {
    let mut findings = Findings::default();
    let mut names = BTreeSet::new();
    let services = services(&source());
    assert_eq!(services.len(), 4);
    for service in services {
        let fits = is_pascal_case(service.name()) && service.name().ends_with("Service");
        findings.check(fits, service.full_name(), "is not PascalCase that ends with Service");
        for method in service.methods() {
            let (name, full_name) = (method.name(), method.full_name());
            findings.check(is_pascal_case(name), full_name, "is not PascalCase");
            findings.check(names.insert(name.to_owned()), full_name, "has another's name");
            let takes = method.input().full_name() == format!("{PACKAGE}.{name}Request");
            findings.check(takes, full_name, "takes another message than its own");
            let returns = method.output().full_name() == format!("{PACKAGE}.{name}Response");
            findings.check(returns, full_name, "returns another message than its own");
        }
    }
    findings.none();
}

#[test]
fn everything_that_a_client_sees_has_a_comment() {
    let mut findings = Findings::default();
    for file in files(&source()) {
        let proto = file.file_descriptor_proto();
        let info = proto.source_code_info.clone().unwrap_or_default();
        let is_said = |path: &[i32]| {
            let mut places = info.location.iter().filter(|place| place.path == path);
            places.any(|place| !place.leading_comments().trim().is_empty())
        };
        for (path, name) in declarations(proto) {
            findings.check(is_said(&path), &format!("{}: {name}", file.name()), "has no comment");
        }
    }
    findings.none();
}

/// Everything that a file declares, by its path in `SourceCodeInfo` and its name. The odd numbers of
/// a path are those of the fields of descriptor.proto.
fn declarations(file: &FileDescriptorProto) -> Vec<(Vec<i32>, String)> {
    let mut all = Vec::new();
    for (at, message) in file.message_type.iter().enumerate() {
        inside_message(vec![4, index(at)], message, &mut all);
    }
    for (at, kind) in file.enum_type.iter().enumerate() {
        all.push((vec![5, index(at)], kind.name().to_owned()));
        for (value_at, value) in kind.value.iter().enumerate() {
            all.push((vec![5, index(at), 2, index(value_at)], value.name().to_owned()));
        }
    }
    for (at, service) in file.service.iter().enumerate() {
        all.push((vec![6, index(at)], service.name().to_owned()));
        for (method_at, method) in service.method.iter().enumerate() {
            all.push((vec![6, index(at), 2, index(method_at)], method.name().to_owned()));
        }
    }
    all
}

fn inside_message(path: Vec<i32>, message: &DescriptorProto, all: &mut Vec<(Vec<i32>, String)>) {
    let below = |field: i32, at: usize| [&path[..], &[field, index(at)]].concat();
    for (at, field) in message.field.iter().enumerate() {
        all.push((below(2, at), format!("{}.{}", message.name(), field.name())));
    }
    for (at, nested) in message.nested_type.iter().enumerate() {
        if !nested.options.as_ref().is_some_and(MessageOptions::map_entry) {
            inside_message(below(3, at), nested, all);
        }
    }
    // The oneofs that stand for `optional` come last and are in no source.
    let synthetic = message.field.iter().filter(|field| field.proto3_optional()).count();
    for (at, oneof) in message.oneof_decl.iter().enumerate().rev().skip(synthetic) {
        all.push((below(8, at), format!("{}.{}", message.name(), oneof.name())));
    }
    all.push((path, message.name().to_owned()));
}

fn index(at: usize) -> i32 {
    i32::try_from(at).expect("no file declares two thousand million things")
}

/// What [`bellwether_proto::json`] takes for granted.
#[test]
fn json_knows_every_kind_of_field() {
    let mut findings = Findings::default();
    for field in fields(&source()) {
        let name = field.full_name();
        match field.kind() {
            Kind::Message(entry) if entry.is_map_entry() => {
                let is_text = entry.map_entry_key_field().kind() == Kind::String;
                findings.check(is_text, name, "is not keyed by text");
            }
            Kind::Message(kind) if kind.package_name() != PACKAGE => {
                let is_known = ["Duration", "Timestamp", "FieldMask"].contains(&kind.name());
                findings.check(is_known, name, "is a message that json does not know");
            }
            Kind::Enum(kind) => {
                let is_ours = kind.package_name() == PACKAGE;
                findings.check(is_ours, name, "is an enum that json does not know");
            }
            _ => {}
        }
    }
    findings.none();
}

/// Counts are int32, epochs int64: unsigned numbers are trouble in Java, and a 64-bit one is a
/// string in JSON.
#[test]
fn numbers_are_of_few_kinds() {
    let mut findings = Findings::default();
    for field in fields(&source()) {
        let fits = match field.kind() {
            Kind::Int64 => field.name() == "epoch",
            Kind::Double => ["multiplier", "runs_per_second"].contains(&field.name()),
            Kind::Int32 | Kind::Bool | Kind::String | Kind::Bytes => true,
            Kind::Message(_) | Kind::Enum(_) => true,
            _ => false,
        };
        findings.check(fits, field.full_name(), "is neither int32 nor an epoch of int64");
    }
    findings.none();
}

#[test]
fn whatever_may_be_left_out_of_a_definition_has_presence() {
    let mut findings = Findings::default();
    let pool = source();
    for name in ["bellwether.v1.Policy", "bellwether.v1.RetryPolicy", "bellwether.v1.CronFields"] {
        let message = pool.get_message_by_name(name).expect("the message is there");
        for field in message.fields() {
            findings.check(field.supports_presence(), field.full_name(), "has no presence");
        }
    }
    findings.none();
}

/// Else a repeat could not be told from a second request.
#[test]
fn every_request_that_changes_something_has_a_request_id() {
    let mut findings = Findings::default();
    // Results of workers are told apart by run and attempt.
    let exempt = ["Get", "List", "Watch", "Preview", "Export", "Work"];
    for method in services(&source()).iter().flat_map(ServiceDescriptor::methods) {
        let is_exempt = exempt.iter().any(|verb| method.name().starts_with(verb));
        let field = method.input().get_field_by_name("request_id");
        let has_id = field.is_some_and(|field| field.kind() == Kind::String);
        findings.check(is_exempt || has_id, method.full_name(), "has no request_id");
    }
    findings.none();
}

#[test]
fn the_descriptor_set_is_complete_and_without_comments() {
    let set = bellwether_proto::FILE_DESCRIPTOR_SET;
    let pool = DescriptorPool::decode(set).expect("the set stands for itself, imports and all");
    let names = |pool: &DescriptorPool| -> BTreeSet<String> {
        messages(pool).iter().map(|message| message.full_name().to_owned()).collect()
    };
    assert_eq!(names(&pool), names(&source()));
    for file in pool.files() {
        assert_eq!(file.file_descriptor_proto().source_code_info, None, "{}", file.name());
    }
}
