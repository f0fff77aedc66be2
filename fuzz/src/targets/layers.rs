//! Options of layers, and the sizes of the place that a layer is built for.

use layer::{Definition, Shape, Site};
use toml::{Table, Value};

use crate::draw::Draw;
use crate::settings;
use crate::target::{Ground, Input, Target, text};

struct Layers;

/// A layer of the table with options of any value.
pub fn build(_: &Ground) -> Box<dyn Target> {
    Box::new(Layers)
}

/// Of these a few are sizes; with the others a layer would be far beyond any bound.
const SIZES: [i64; 16] = [1, 2, 3, 4, 7, 8, 8, 8, 16, 64, 0, 16_385, 1 << 14, (1 << 24) + 1, 1 << 31, 1 << 62];

fn all() -> impl Iterator<Item = &'static Definition> {
    zoo::LAYERS.iter().chain(zoo::STACKS)
}

impl Target for Layers {
    fn make(&mut self, draw: &mut Draw) -> Input {
        let all: Vec<_> = all().collect();
        let definition = *draw.pick(&all);
        let mut options = if draw.once_in(2) {
            definition.variant(draw.pick::<&str>(definition.variants))
        } else {
            (definition.defaults)()
        };
        for option in definition.options {
            if draw.once_in(3) {
                options.insert(option.name.to_owned(), value(draw, option.values));
            }
        }
        if draw.once_in(8) {
            settings::mutate(draw, &mut options);
        }
        let size = |draw: &mut Draw| Value::Integer(*draw.pick(&SIZES));
        let site = [("time", size(draw)), ("width", size(draw)), ("layer", Value::String(definition.name.to_owned()))];
        let mut table: Table = site.map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
        table.insert("options".to_owned(), Value::Table(options));
        vec![table.to_string().into_bytes()]
    }

    fn take(&mut self, input: &Input) -> Result<(), String> {
        let table: Table = text(&input[0]).parse().map_err(|error| format!("{error}"))?;
        let number = |key: &str| table[key].as_integer().expect("a size is a whole number") as usize;
        let site = Site { time: number("time"), width: number("width"), seed: 0 };
        let definition = all().find(|row| Some(row.name) == table["layer"].as_str()).expect("a row of the table");
        let options = table["options"].as_table().expect("options are a table");
        let resolved = (definition.resolve)(options).map_err(|error| error.to_string())?;
        let layer = (definition.build)(&resolved, site).map_err(|error| error.to_string())?;
        // All that a plan asks of a layer.
        let said = format!("{} {:?} {:?}", layer.reach(), layer.pace(), layer.lengths());
        let shape = Shape::new(1, site.time, site.width);
        let out = layer.output_shape(shape).map_err(|error| error.to_string())?;
        let cost = layer.cost(shape);
        let counted: usize = layer.parameters().iter().map(|parameter| parameter.value.len()).sum();
        assert_eq!((counted as u64, out.batch, said.is_empty()), (cost.parameters, 1, false));
        Ok(())
    }
}

/// A value for an option: of those that its description quotes, or any.
pub fn value(draw: &mut Draw, described: &str) -> Value {
    let quoted: Vec<&str> = described.split('"').skip(1).step_by(2).collect();
    match draw.below(4) {
        0 | 1 if !quoted.is_empty() => Value::String((*draw.pick(&quoted)).to_owned()),
        0 => Value::Integer(*draw.pick(&SIZES)),
        1 => Value::Boolean(draw.once_in(2)),
        2 => Value::Array((0..draw.below(5)).map(|_| Value::Integer(*draw.pick(&SIZES))).collect()),
        _ => settings::value(draw),
    }
}
