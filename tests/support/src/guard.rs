//! Ends what tests started, and removes their folders, even where nothing is dropped: with the test program's end,
//! however it comes.

use std::{
    io::Write as _,
    path::Path,
    process::{ChildStdin, Command, Stdio},
    sync::{Mutex, OnceLock},
};

/// Reads the numbers of processes, those that ended with a minus, and folders; kills and removes what is left of them
/// once its input ends.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
live=''
folders=''
while read -r word; do
  case $word in
    -*) left=''; for pid in $live; do [ "$pid" = "${word#-}" ] || left="$left $pid"; done; live=$left ;;
    /*) folders="$folders $word" ;;
    *) live="$live $word" ;;
  esac
done
[ -z "$live" ] || kill -9 $live
[ -z "$folders" ] || rm -rf $folders
"#;

static GUARD: OnceLock<Mutex<ChildStdin>> = OnceLock::new();

fn tell(word: &str) {
    let guard = GUARD.get_or_init(|| {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Mutex::new(command.spawn().unwrap().stdin.take().unwrap())
    });
    // A guard that is gone guards nothing; the test itself is not the worse for it.
    if let Ok(mut input) = guard.lock() {
        let _ = writeln!(input, "{word}");
    }
}

/// From now on the process is killed when the test program ends.
pub(crate) fn watch(id: u32) {
    tell(&id.to_string());
}

/// A temporary folder of a server that may never be dropped.
pub(crate) fn watch_folder(path: &Path) {
    // One whose name the script would take for several is left to the system.
    if let Some(path) = path.to_str().filter(|path| !path.contains(char::is_whitespace)) {
        tell(path);
    }
}

/// The process was waited for; its number may be another's by now.
pub(crate) fn forget(id: u32) {
    tell(&format!("-{id}"));
}
