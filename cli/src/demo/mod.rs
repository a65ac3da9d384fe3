//! `airlock serve --demo`: users, sample plugins sent through the real upload
//! route over HTTP, and what became of them.

mod accounts;
mod outcome;
mod samples;

use airlock_store::Store;
use futures::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::config::Config;
use crate::exit::Failure;
use crate::progress::{self, Line};
use crate::terminal::{self, BOLD};

use outcome::Outcome;
use samples::Sample;

/// What the demo sets beneath everything that a person has written: a test that
/// never ends is stopped soon, and the log leaves the screen to the demo.
pub(crate) const SETTINGS: &[(&str, &str, &str)] = &[
    ("--demo", "limits.run.wall_ms", "10000"),
    ("--demo", "limits.run.cpu_ms", "5000"),
    ("--demo", "log.level", "warn"),
];

/// Says what is going to happen.
pub(crate) fn introduce(config: &Config) {
    terminal::tell(&format!(
        "{BOLD}Airlock demo.{BOLD:#} Everything is kept in {}. A run of tests may take {} s of CPU time here, so that the \
         sample that loops for ever is stopped soon.",
        config.data.display(),
        config.limits.run.cpu_ms / 1000
    ));
}

/// Runs the demo on a server that listens at `address` and is known to people as
/// `url`. What goes wrong here is told, and the server goes on.
pub(crate) async fn run(store: &Store, config: &Config, address: &str, url: &str, shutdown: &CancellationToken) {
    tokio::select! {
        shown = show(store, config, address, url) => if let Err(failure) = shown {
            terminal::show_failure(&failure);
        },
        () = shutdown.cancelled() => {}
    }
}

async fn show(store: &Store, config: &Config, address: &str, url: &str) -> Result<(), Failure> {
    let created = accounts::ensure(store).await?;
    if created.is_empty() {
        terminal::tell("The demo's users are there from an earlier start; their tokens were printed then.");
    } else {
        terminal::print(&accounts::table(&created))?;
    }
    let (token, id) = accounts::short_lived(store).await?;
    let client = Client::new(&format!("http://{address}"), Some(&token))?;
    let outcomes = join_all(samples::all()?.into_iter().map(|sample| send(&client, sample))).await;
    accounts::end(store, id).await?;
    if outcomes.iter().all(|outcome| outcome.repeated) {
        terminal::tell("The samples are there from an earlier start; nothing was examined again.");
    }
    terminal::print(&outcome::table(&outcomes))?;
    terminal::print(&hints(config, url))
}

/// Uploads one sample and watches it until it is settled.
async fn send(client: &Client, sample: Sample) -> Outcome {
    let line = Line::new(format!("{} {}", sample.name, sample.version));
    line.now("uploading");
    let followed = async {
        let accepted = client.upload_bytes(&sample.name, &sample.version, sample.archive.clone()).await?;
        let follow = client.follow(accepted.id, |what| {
            if !accepted.repeated {
                line.happened(what);
            }
        });
        Ok::<_, Failure>((follow.await?, accepted.repeated))
    };
    match followed.await {
        Ok((validation, repeated)) => {
            line.end(&progress::state(validation.listed.state));
            Outcome { sample, repeated, ended: Ok(validation.listed) }
        }
        Err(failure) => {
            line.clear();
            Outcome { sample, repeated: false, ended: Err(failure) }
        }
    }
}

fn hints(config: &Config, url: &str) -> String {
    let data = config.data.display();
    format!(
        "
{BOLD}Look around{BOLD:#}
  {url}/ui                                      in a browser
  curl {url}/api/v1/search?q=text
  curl -O {url}/api/v1/plugins/text-tidy/download/1.0.0
{BOLD}Decide the held one{BOLD:#}, as the admin
  export AIRLOCK_REGISTRY={url} AIRLOCK_TOKEN=…
  airlock review list
{BOLD}Publish one of your own{BOLD:#}, as the publisher
  airlock publish DIR --wait
{BOLD}Lost a token?{BOLD:#}
  airlock token new publisher --data {data}

Up at {BOLD}{url}{BOLD:#}; Ctrl-C stops it, and the next start finds everything as it is now.
"
    )
}
