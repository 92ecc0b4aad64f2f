//! What people use instead, started and signed in: each with its cookie, asked for the same answer.

use crate::bench::Bench;
use crate::http::{Client, request};
use crate::process::{Server, Start, free_address};
use crate::world;
use anyhow::{Context, ensure};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

/// A Redis that keeps everything in memory and writes nothing to disk, which is how it is fastest.
pub fn redis(bench: &mut Bench) -> anyhow::Result<Rc<Server>> {
    bench.server("redis-server", |bench| {
        let address = free_address()?;
        let mut command = Command::new("redis-server");
        command.current_dir(&bench.folder).args(["--bind", "127.0.0.1", "--port", &address.port().to_string()]);
        command.args(["--save", "", "--appendonly", "no"]);
        let server = Start::new("redis-server", &command).at(address, &bench.folder, || connects(address))?;
        fill_redis(address, bench.plan.sessions)?;
        Ok(server)
    })
}

/// Puts a hash for each session into Redis, and waits until it has answered for every one.
fn fill_redis(address: SocketAddr, sessions: i64) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    let answers = BufReader::new(stream.try_clone()?);
    let counted = std::thread::spawn(move || {
        let lines = answers.lines().take(usize::try_from(sessions).unwrap_or(usize::MAX));
        lines.filter(|line| line.as_ref().is_ok_and(|line| line.starts_with(':'))).count()
    });
    let mut batch = Vec::with_capacity(1 << 20);
    for session in 1..=sessions {
        let token = BASE64URL_NOPAD.decode(world::token(session).as_bytes()).context("a token of ours")?;
        let key = Sha256::digest(token);
        let (user, email) = (world::user_id(session), world::email(session));
        let account = world::account_id(world::account_of(session));
        let id = world::session_id(session);
        let fields: [&[u8]; 16] = [
            b"HSET",
            &key,
            b"user",
            user.as_bytes(),
            b"name",
            b"Mira Sommer",
            b"email",
            email.as_bytes(),
            b"role",
            b"owner",
            b"account",
            account.as_bytes(),
            b"session",
            id.as_bytes(),
            b"deadline",
            b"4102444800000",
        ];
        write!(batch, "*{}\r\n", fields.len())?;
        for field in fields {
            write!(batch, "${}\r\n", field.len())?;
            batch.extend_from_slice(field);
            batch.extend_from_slice(b"\r\n");
        }
        if batch.len() > 1_000_000 {
            stream.write_all(&batch)?;
            batch.clear();
        }
    }
    stream.write_all(&batch)?;
    let counted = counted.join().ok().context("the answers were read")?;
    ensure!(counted as i64 == sessions, "Redis took {counted} of {sessions} sessions");
    Ok(())
}

/// HMGET behind axum.
pub fn redis_behind_axum(bench: &mut Bench) -> anyhow::Result<Rc<Server>> {
    let redis = redis(bench)?;
    bench.server("peer-redis", |bench| {
        let mut command = Command::new(bench.source.join("peers/target/release/peer-redis"));
        command.arg(redis.address.to_string());
        Start::new("peer-redis", &command).listening(&bench.folder)
    })
}

/// axum-login with tower-sessions in SQLite; and its one cookie.
pub fn axum_login(bench: &mut Bench) -> anyhow::Result<(Rc<Server>, PathBuf)> {
    let server = bench.server("peer-axum-login", |bench| {
        let mut command = Command::new(bench.source.join("peers/target/release/peer-axum-login"));
        command.arg(bench.folder.join("axum-login.db"));
        Start::new("peer-axum-login", &command).listening(&bench.folder)
    })?;
    let cookie = signed_in(&server, &request("POST", "/sign-in", &[("Content-Length", "0")], ""))?;
    let cookies = bench.lines("cookie-axum-login", [cookie].into_iter())?;
    Ok((server, cookies))
}

/// express-session with connect-redis; and its one cookie.
pub fn express(bench: &mut Bench) -> anyhow::Result<(Rc<Server>, PathBuf)> {
    let redis = redis(bench)?;
    let server = bench.server("peer-express", |bench| {
        Start::new("peer-express", &node(&bench.source.join("peers/express"), &redis.address.to_string()))
            .listening(&bench.folder)
    })?;
    let cookie = signed_in(&server, &request("POST", "/sign-in", &[("Content-Length", "0")], ""))?;
    let cookies = bench.lines("cookie-express", [cookie].into_iter())?;
    Ok((server, cookies))
}

/// better-auth with better-sqlite3; and its one cookie.
pub fn better_auth(bench: &mut Bench) -> anyhow::Result<(Rc<Server>, PathBuf)> {
    let server = bench.server("peer-better-auth", |bench| {
        let file = bench.folder.join("better-auth.db").display().to_string();
        Start::new("peer-better-auth", &node(&bench.source.join("peers/better-auth"), &file)).listening(&bench.folder)
    })?;
    let body = r#"{"name":"Mira Sommer","email":"mira.1@reef.example","password":"correct horse"}"#;
    let headers = [("Content-Type", "application/json"), ("Origin", "http://localhost")];
    let cookie = signed_in(&server, &request("POST", "/api/auth/sign-up/email", &headers, body))?;
    let cookies = bench.lines("cookie-better-auth", [cookie].into_iter())?;
    Ok((server, cookies))
}

fn node(folder: &Path, argument: &str) -> Command {
    let mut command = Command::new("node");
    command.current_dir(folder).args(["server.js", argument]).env("NODE_ENV", "production");
    command
}

/// Sends a sign-in and gives the cookie that it sets, as it is sent back.
fn signed_in(server: &Server, sign_in: &[u8]) -> anyhow::Result<String> {
    let answer = Client::connect(server.address)?.ask(sign_in)?;
    ensure!(answer.status < 300, "the sign-in answers {}", answer.head);
    let set = answer.header("set-cookie").context("a sign-in sets a cookie")?;
    Ok(set.split(';').next().unwrap_or(set).to_owned())
}

/// nginx that asks with `auth_request` before it serves an image of 43 bytes: one listener that asks hello, one that asks
/// Innkeeper. The configuration is the documented one.
pub fn nginx(bench: &mut Bench, hello: SocketAddr, innkeeper: SocketAddr) -> anyhow::Result<(Rc<Server>, SocketAddr)> {
    let (before_hello, before_innkeeper) = (free_address()?, free_address()?);
    let server = bench.server("nginx", |bench| {
        let place = bench.folder.display();
        let site = |name: &str, listen: SocketAddr, ask: SocketAddr, path: &str| {
            format!(
                r#"
  upstream {name} {{ server {ask}; keepalive 64; keepalive_requests 100000000; }}
  server {{
    listen {listen};
    location = /innkeeper-check {{
      internal;
      proxy_pass http://{name}{path};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Method $request_method;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Uri $request_uri;
    }}
    location / {{
      auth_request /innkeeper-check;
      auth_request_set $user $upstream_http_remote_user;
      auth_request_set $account $upstream_http_remote_account;
      auth_request_set $groups $upstream_http_remote_groups;
      empty_gif;
    }}
  }}"#
            )
        };
        let both = site("hello", before_hello, hello, "/empty")
            + &site("innkeeper", before_innkeeper, innkeeper, "/forward-auth");
        let configuration = format!(
            "daemon off;\nworker_processes 1;\npid {place}/nginx.pid;\nerror_log {place}/nginx-error.log warn;\n\
             events {{ worker_connections 1024; }}\nhttp {{\n  access_log off;\n  keepalive_requests 100000000;\n  \
             client_body_temp_path {place}/nginx-body;\n  proxy_temp_path {place}/nginx-proxy;\n  \
             fastcgi_temp_path {place}/nginx-fastcgi;\n  uwsgi_temp_path {place}/nginx-uwsgi;\n  \
             scgi_temp_path {place}/nginx-scgi;{both}\n}}\n"
        );
        let file = bench.folder.join("nginx.conf");
        fs::write(&file, configuration)?;
        let mut command = Command::new("nginx");
        command.arg("-c").arg(&file).arg("-p").arg(&bench.folder);
        Start::new("nginx", &command).at(before_hello, &bench.folder, || connects(before_innkeeper))
    })?;
    Ok((server, before_innkeeper))
}

fn connects(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_ok()
}
