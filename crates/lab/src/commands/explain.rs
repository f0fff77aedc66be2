//! `lab explain SENTENCE`: what attention makes of a sentence, step by step.

mod matrices;
mod model;
mod numbers;
mod shown;
mod steps;
mod table;
mod text;

use serde::Serialize;
use tasks::pronoun::grammar::CLASSES;
use tasks::pronoun::{Sentence, parse, plain, vocabulary};
use tasks::{Batch, Task};

use super::Context;
use crate::cli::{ExplainArgs, Format};
use crate::error::{LabError, exit, suggestion};

use model::Subject;
use shown::{Shown, refuse_what_is_not_there};
use steps::{Attention, Head};

/// Everything that is told, in full.
#[derive(Debug, Serialize)]
struct Explained {
    /// Label of the model in the experiment.
    model: String,
    /// Its mean accuracy on test sentences.
    accuracy: f64,
    /// The word of each step; `.` is a blank.
    words: Vec<String>,
    /// The tag of each step that has one.
    tags: Vec<Option<String>>,
    /// The kind of thing that the noun of a step is, and that its adjective fits: the model is told it.
    kinds: Vec<Option<&'static str>>,
    /// The steps of the sentence; what is before and after is blank.
    start: usize,
    /// As many as the sentence has words.
    length: usize,
    /// Which word is followed.
    word: Asked,
    /// What the model takes for the noun that is meant.
    answer: String,
    /// Of that answer, by the model.
    probability: f64,
    /// What is meant by the grammar.
    right: String,
    /// The adjective that tells.
    adjective: String,
    /// Which layer and head are shown whole to people.
    shown: Shown,
    /// All layers of attention, in order.
    layers: Vec<Attention>,
    /// Over all layers, heads and steps: between weights computed anew in f64 and those of the model.
    largest_difference: f64,
}

/// The word that is followed.
#[derive(Debug, Serialize)]
struct Asked {
    text: String,
    /// Its step.
    step: usize,
    /// How often it is in the sentence; the first one is followed.
    times: usize,
}

impl Explained {
    /// The head that is shown whole, and how many there are in its layer.
    fn head(&self) -> (&Head, usize) {
        let attention = self.layers.iter().find(|attention| attention.layer == self.shown.layer);
        let attention = attention.expect("it was chosen among them");
        (&attention.heads[self.shown.head], attention.heads.len())
    }

    /// The steps of the sentence, without blanks.
    fn steps(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.length
    }

    /// Weight on blanks in a row over all steps.
    fn on_blanks(&self, weights: &[f64]) -> f64 {
        weights.iter().enumerate().filter(|(step, _)| !self.steps().contains(step)).map(|(_, weight)| weight).sum()
    }

    /// The word of a step; with its number where the sentence has it more than once.
    fn name(&self, step: usize) -> String {
        let word = &self.words[step];
        let same = |range: &[String]| range.iter().filter(|other| *other == word).count();
        if same(&self.words) == 1 { word.clone() } else { format!("{word}·{}", same(&self.words[..=step])) }
    }

    /// The same, with a marker before the word that is followed.
    fn marked(&self, step: usize) -> String {
        format!("{}{}", if step == self.word.step { "▸" } else { " " }, self.name(step))
    }
}

/// Prints what the model answers, and how a head comes by its weights.
pub fn run(context: &Context, arguments: &ExplainArgs) -> Result<u8, LabError> {
    let help = "`lab describe pronoun` shows a sentence of this language";
    let sentence = parse(&arguments.sentence).map_err(|error| LabError::usage(error.to_string(), help))?;
    let words = sentence.words();
    let text = plain(&arguments.word);
    let Some(place) = words.iter().position(|word| *word == text) else {
        let message = format!("--word: `{}` is not in the sentence", arguments.word);
        let firsts = words.iter().enumerate().filter(|(at, word)| !words[..*at].contains(word));
        return Err(LabError::usage(message, suggestion(&text, firsts.map(|(_, word)| *word))));
    };
    let times = words.iter().filter(|word| **word == text).count();

    let mut subject = Subject::find(context, &arguments.model)?;
    let start = subject.task.time().saturating_sub(words.len()) / 2;
    let sequence = subject.task.place(&sentence, start).map_err(|error| LabError::usage(error.to_string(), help))?;
    let batch = Batch::from_sequences(&subject.task, std::slice::from_ref(&sequence));
    // Before anything is trained.
    refuse_what_is_not_there(&subject.model.matchings(&batch), arguments)?;
    let Some(accuracy) = subject.trained(context, arguments.out.as_deref())? else {
        eprintln!("stopped: the model is not trained; run the same command to train it");
        return Ok(exit::STOPPED);
    };

    let asked = Asked { text, step: start + place, times };
    let matchings = subject.model.matchings(&batch);
    let layers: Vec<Attention> = matchings.iter().map(|matching| Attention::of(matching, asked.step)).collect();
    let shown = Shown::of(&matchings, &subject.on_the_noun(), arguments);
    let differences = layers.iter().flat_map(|attention| &attention.heads).map(|head| head.largest_difference);
    let (answer, probability) = subject.model.answers(&batch)[0];
    let explained = Explained {
        model: arguments.model.clone(),
        accuracy,
        words: subject.task.words(&sequence),
        tags: tags(&subject.task, &sentence, start),
        kinds: kinds(&subject.task, &sentence, start),
        start,
        length: words.len(),
        word: asked,
        answer: subject.task.answer_in(&sequence, answer),
        probability,
        right: sentence.candidates[sentence.referent].noun.to_owned(),
        adjective: words[sentence.adjective].to_owned(),
        shown,
        largest_difference: differences.fold(0.0, f64::max),
        layers,
    };
    match context.format {
        Format::Human => print!("{}", text::text(&explained, text::Width::of_terminal())),
        Format::Json => println!("{:#}", serde_json::to_value(&explained).expect("numbers are data")),
    }
    Ok(exit::FINE)
}

/// The tag of each step, as the task names them when it is answered.
fn tags(task: &tasks::Pronoun, sentence: &Sentence, start: usize) -> Vec<Option<String>> {
    let mut tags = vec![None; task.time()];
    for candidate in sentence.candidates {
        tags[start + candidate.step] = Some(task.word_of(tasks::Answer::Class(candidate.role.answer())));
    }
    tags
}

/// The kind of thing of each step that has one.
fn kinds(task: &tasks::Pronoun, sentence: &Sentence, start: usize) -> Vec<Option<&'static str>> {
    let mut kinds = vec![None; task.time()];
    for (step, token) in sentence.tokens.iter().enumerate() {
        kinds[start + step] = vocabulary()[*token as usize - 1].class.map(|class| CLASSES[class].name);
    }
    kinds
}
