//! Texts that are searched for marks.

use std::path::PathBuf;

use crate::draw::Draw;
use crate::target::{Ground, Input, Target, text};
use crate::{bytes, settings};

struct Sweep(PathBuf);

/// `k/n` on the command line, and what says of a folder which sweep its cells are of.
pub fn sweep(ground: &Ground) -> Box<dyn Target> {
    Box::new(Sweep(ground.folder.clone()))
}

const MANIFEST: &str = "name = \"tiny\"\nshard = \"1/2\"\nsettings = \"0a\"\ncode = \"0b\"\ninstruction_set = \"avx2\"\ncores = 2\n\
                        lab = \"0.1.0\"\n\n[request]\nexperiment = \"tiny\"\nprofile = \"quick\"\noverrides = [\"n=3\"]\n\
                        layers = [\"none\"]\nseeds = 1\n";

impl Target for Sweep {
    fn make(&mut self, draw: &mut Draw) -> Input {
        let digits = [draw.number(), draw.number()].join("/");
        let mut shard = if draw.once_in(2) { digits.into_bytes() } else { b"3/4".to_vec() };
        if draw.once_in(2) {
            bytes::mutate(draw, &mut shard, &[]);
        }
        let mut manifest = MANIFEST.as_bytes().to_vec();
        if draw.once_in(2) {
            bytes::mutate(draw, &mut manifest, &[]);
        } else {
            let mut table: toml::Table = MANIFEST.parse().expect("a manifest is TOML");
            settings::mutate(draw, &mut table);
            manifest = table.to_string().into_bytes();
        }
        vec![shard, manifest]
    }

    fn take(&mut self, input: &Input) -> Result<(), String> {
        let folder = lab::doors::shard(&text(&input[0]));
        assert!(
            folder.as_ref().is_ok_and(|folder| folder.contains("-of-") && !folder.contains(['/', '.']))
                || folder.is_err()
        );
        lab::doors::manifest(&self.0, &input[1]).and(folder).map(drop)
    }
}

struct Splice;

/// A page, the name of a block, and the new text of it.
pub fn splice(_: &Ground) -> Box<dyn Target> {
    Box::new(Splice)
}

const PAGE: &str = "# Page\n\n<!-- lab:begin a/b (made by `lab report`) -->\n\n| x |\n\n<!-- lab:end a/b -->\n\n```html\n\
                    <!-- lab:begin c -->\n```\n<!-- lab:begin c -->\n<!-- lab:end c -->\n";

const PIECES: [&str; 9] = [
    "<!-- lab:begin a/b -->\n",
    "<!-- lab:end a/b -->\n",
    "<!-- lab:begin",
    "-->",
    "```",
    "~~~\n",
    "\r\n",
    "<!-- lab:",
    "a/b",
];

impl Target for Splice {
    fn make(&mut self, draw: &mut Draw) -> Input {
        let mut page = PAGE.as_bytes().to_vec();
        bytes::mutate(draw, &mut page, &[PAGE.as_bytes().to_vec()]);
        for _ in 0..draw.below(4) {
            let at = draw.below(page.len() + 1);
            page.splice(at..at, draw.pick(&PIECES).bytes());
        }
        let name = if draw.once_in(4) { draw.text() } else { "a/b".to_owned() };
        let body = format!("{}{}", draw.text(), draw.pick(&PIECES));
        vec![page, name.into_bytes(), body.into_bytes()]
    }

    fn take(&mut self, input: &Input) -> Result<(), String> {
        let [page, name, body] = [0, 1, 2].map(|part| text(&input[part]));
        let said = |error: report::splice::SpliceError| error.to_string();
        report::splice::names(&page).map_err(said)?;
        let once = report::splice::splice(&page, &name, &body).map_err(said)?;
        let twice = report::splice::splice(&once, &name, &body).map_err(said);
        assert_eq!(twice.as_ref(), Ok(&once), "what was put in can be put in again");
        Ok(())
    }
}
