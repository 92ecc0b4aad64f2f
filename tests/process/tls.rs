//! TLS on the way to PostgreSQL, with authorities and certificates that are made for the test.

use crate::cluster::Cluster;
use crate::server::{done, errors, folder_for, run};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// An authority.
struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

fn authority(name: &str) -> Authority {
    let key = KeyPair::generate().expect("a key can be made");
    let mut params = CertificateParams::new(Vec::new()).expect("no name is a wrong one");
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).expect("it signs itself").pem();
    Authority { certificate, issuer: Issuer::new(params, key) }
}

impl Authority {
    /// Gives a server its certificate, made out to these names, and lets it use it.
    fn certify(&self, cluster: &Cluster, names: &[&str]) {
        let key = KeyPair::generate().expect("a key can be made");
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let params = CertificateParams::new(names).expect("the names are names");
        let certificate = params.signed_by(&key, &self.issuer).expect("it is signed");
        let data = cluster.folder().join("data");
        for (file, text) in [("server.crt", certificate.pem()), ("server.key", key.serialize_pem())] {
            let path = data.join(file);
            std::fs::write(&path, text).expect("it can be written");
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("it can be kept private");
            let owner = std::fs::metadata(&data).expect("it is there");
            use std::os::unix::fs::{MetadataExt, chown};
            chown(&path, Some(owner.uid()), Some(owner.gid())).expect("it can be given away");
        }
    }
}

/// What `migrate` says of a database at this address: nothing where it is let in.
fn refusal(url: &str) -> Option<String> {
    let folder = folder_for(url);
    let output = run(folder.path(), &["migrate"]);
    (!output.status.success()).then(|| errors(&output))
}

fn assert_refused(url: &str, expected: &str) {
    let said = refusal(url).unwrap_or_else(|| panic!("{url} was let in"));
    assert!(said.contains(expected) && !said.contains("hunter2"), "{url}: {said}");
}

#[test]
fn a_server_is_let_in_by_the_right_authority_under_its_own_name_and_not_otherwise() {
    let Some(cluster) = Cluster::start("") else { return };
    let (ours, other) = (authority("Ours"), authority("Other"));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("it can be written");
        path.display().to_string()
    };
    let (right, wrong) = (file("ours.pem", &ours.certificate), file("other.pem", &other.certificate));
    let at =
        |host: &str, query: &str| format!("postgres://postgres:hunter2@{host}:{}/postgres?{query}", cluster.port());

    // Nothing is asked on this machine, and TLS is, where the address says so.
    assert_eq!(refusal(&at("127.0.0.1", "")), None);
    assert_refused(&at("127.0.0.1", "sslmode=verify-full"), "it offers no TLS");
    assert_refused(&at("127.0.0.1", "sslmode=require"), "it offers no TLS");
    assert_eq!(refusal(&at("127.0.0.1", "sslmode=prefer")), None);

    ours.certify(&cluster, &["localhost"]);
    cluster.reload("ssl = on");
    assert_eq!(refusal(&at("localhost", &format!("sslrootcert={right}"))), None);
    assert_refused(&at("localhost", &format!("sslrootcert={wrong}")), "comes from no authority that is trusted here");
    assert_refused(&at("127.0.0.1", &format!("sslrootcert={right}")), "made out to other names");
    assert_refused(&at("localhost", "sslmode=verify-full"), "comes from no authority that is trusted here");
    assert_eq!(refusal(&at("127.0.0.1", &format!("sslmode=verify-ca&sslrootcert={right}"))), None);
    assert_refused(&at("127.0.0.1", &format!("sslmode=verify-ca&sslrootcert={wrong}")), "comes from no authority");
    assert_refused(&at("127.0.0.1", &format!("sslmode=require&sslrootcert={wrong}")), "comes from no authority");
    assert_eq!(refusal(&at("127.0.0.1", "sslmode=require")), None);

    // An address of a server that says where it is.
    ours.certify(&cluster, &["127.0.0.1"]);
    cluster.reload("ssl = on");
    let full = at("127.0.0.1", &format!("sslmode=verify-full&sslrootcert={right}"));
    assert_eq!(refusal(&full), None);
    assert!(said_by_doctor(&full).contains("encrypted on the way: yes"));
    assert!(said_by_doctor(&at("127.0.0.1", "")).contains("encrypted on the way: no"));
}

fn said_by_doctor(url: &str) -> String {
    let folder = folder_for(url);
    done(folder.path(), &["doctor", "db"])
}

#[test]
fn certificates_that_cannot_be_read_are_a_fault_of_the_configuration() {
    let folder = folder_for("postgres://u:hunter2@db.example/d?sslrootcert=missing.pem");
    assert!(!Path::new("missing.pem").exists());
    for arguments in [["check-config"], ["serve"]] {
        let output = run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2));
        let said = errors(&output);
        assert!(said.contains("missing.pem") && said.contains("because: ") && !said.contains("hunter2"), "{said}");
    }
}
