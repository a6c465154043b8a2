//! The list of named steps: one line each with its time, the whole output in a log, and a verdict.

use std::{
    env, fs,
    fs::File,
    io::{IsTerminal, Read, Seek, SeekFrom, stderr},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{process, project::Project};

/// What a step has to say when it went well.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) note: String,
    /// Tests, if it ran any; a step without tests counts as one.
    pub(crate) tests: Option<Tests>,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Tests {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

pub(crate) struct Steps {
    logs: PathBuf,
    begun: Instant,
    total: Tests,
    failed: Vec<String>,
    skipped: Vec<String>,
}

impl Steps {
    pub(crate) fn new(project: &Project) -> Result<Self> {
        let logs = project.notes();
        fs::create_dir_all(&logs)?;
        Ok(Self {
            logs,
            begun: Instant::now(),
            total: Tests::default(),
            failed: Vec::new(),
            skipped: Vec::new(),
        })
    }

    /// Runs a step; `None` when it failed.
    pub(crate) fn step<T>(
        &mut self,
        name: &str,
        work: impl FnOnce(&Step) -> Result<(T, Report)>,
    ) -> Option<T> {
        let step = Step {
            name: name.to_owned(),
            log: self.logs.join(format!("{}.log", name.replace(' ', "-"))),
            begun: Instant::now(),
        };
        let begun = File::create(&step.log).context("cannot write a log");
        step.show("");
        let done = begun.and_then(|_| work(&step));
        let time = seconds(step.begun.elapsed());
        clear_line();
        match done {
            Ok((value, report)) => {
                let tests = report.tests.unwrap_or(Tests { passed: 1, ..Tests::default() });
                self.total.passed += tests.passed;
                if tests.skipped > 0 {
                    self.skipped.push(format!("{} tests of {name}", tests.skipped));
                }
                eprintln!("  ok    {name:<24} {time:>8}   {}", report.note);
                Some(value)
            }
            Err(error) => {
                let tests = counted(&error).unwrap_or(Tests { failed: 1, ..Tests::default() });
                self.total.passed += tests.passed;
                self.total.failed += tests.failed.max(1);
                eprintln!("  FAIL  {name:<24} {time:>8}   {error:#}");
                show_end_of(&step.log);
                self.failed.push(name.to_owned());
                None
            }
        }
    }

    /// Notes that a step was not run, and why.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        eprintln!("  skip  {name:<24} {:>8}   {why}", "");
        self.skipped.push(name.to_owned());
    }

    /// The summary, and the code to leave with. On CI what was skipped has failed.
    pub(crate) fn verdict(&self) -> ExitCode {
        let mut failed = self.total.failed;
        eprintln!("  in all {:>35}", seconds(self.begun.elapsed()));
        if !self.skipped.is_empty() {
            eprintln!("skipped: {}", self.skipped.join(", "));
            if env::var_os("CI").is_some() {
                eprintln!("nothing may be skipped on CI");
                failed += self.skipped.len();
            }
        }
        if !self.failed.is_empty() {
            eprintln!("failed: {}", self.failed.join(", "));
        }
        println!("{} passed, {failed} failed", self.total.passed);
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// A step under way.
pub(crate) struct Step {
    name: String,
    log: PathBuf,
    begun: Instant,
}

impl Step {
    /// Runs a command to its end, its output in the log; returns what it wrote.
    pub(crate) fn run(&self, command: &mut Command) -> Result<String> {
        let (succeeded, output) = self.attempt(command)?;
        if !succeeded {
            let words = command.get_args().map(|word| word.to_string_lossy());
            let words: Vec<_> = words.take(2).collect();
            let program = Path::new(command.get_program()).file_name().unwrap_or_default();
            bail!("{} {} failed", program.display(), words.join(" "));
        }
        Ok(output)
    }

    /// Like `run`, but failure is an answer: tests fail, and still say how many passed.
    pub(crate) fn attempt(&self, command: &mut Command) -> Result<(bool, String)> {
        let mut log = File::options().append(true).read(true).open(&self.log)?;
        let from = log.seek(SeekFrom::End(0))?;
        command.stdout(log.try_clone()?).stderr(log.try_clone()?);
        let running = process::start(command, "TERM")?;
        let mut shown = Instant::now();
        // A terminal's line is rewritten; elsewhere a line now and then shows that work goes on.
        let pause = Duration::from_secs(if stderr().is_terminal() { 1 } else { 30 });
        let status = running.wait(|| {
            if shown.elapsed() >= pause {
                shown = Instant::now();
                self.say(&last_line(&self.log));
            }
        })?;
        let mut output = String::new();
        log.seek(SeekFrom::Start(from))?;
        log.read_to_string(&mut output)?;
        Ok((status.success(), output))
    }

    /// Where another program may write what concerns this step.
    pub(crate) fn log(&self) -> Result<File> {
        Ok(File::options().append(true).open(&self.log)?)
    }

    /// Shows what is under way to whoever watches.
    pub(crate) fn show(&self, doing: &str) {
        if stderr().is_terminal() {
            self.say(doing);
        }
    }

    fn say(&self, doing: &str) {
        let time = seconds(self.begun.elapsed());
        let doing: String = doing.trim().chars().take(60).collect();
        clear_line();
        let end = if stderr().is_terminal() { "" } else { "\n" };
        eprint!("  …     {:<24} {time:>8}   {doing}{end}", self.name);
    }
}

/// Tests that failed: the error of a step that ran some.
#[derive(Debug)]
pub(crate) struct TestsFailed {
    passed: usize,
    failed: usize,
}

impl TestsFailed {
    pub(crate) fn new(tests: Tests) -> Self {
        Self { passed: tests.passed, failed: tests.failed }
    }
}

impl std::fmt::Display for TestsFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl std::error::Error for TestsFailed {}

fn counted(error: &anyhow::Error) -> Option<Tests> {
    let TestsFailed { passed, failed } = *error.downcast_ref()?;
    Some(Tests { passed, failed, skipped: 0 })
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn clear_line() {
    if stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}

fn last_line(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned()
}

/// What compiles, runs or passes is no news where something failed.
const NO_NEWS: [&str; 5] = ["Compiling ", "Checking ", "Documenting ", "Downloaded ", "PASS ["];

fn show_end_of(log: &Path) {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let is_news = |line: &&str| {
        !NO_NEWS.iter().any(|none| line.trim_start().starts_with(none)) && !line.ends_with("... ok")
    };
    let lines: Vec<&str> = text.lines().filter(is_news).collect();
    let from = lines.len().saturating_sub(80);
    for line in &lines[from..] {
        eprintln!("        {line}");
    }
    eprintln!("        ({})", log.display());
}
