//! The list of checks.

use std::fmt;

macro_rules! checks {
    ($($(#[$doc:meta])* $variant:ident $name:literal, $measures:literal, $cause:literal;)*) => {
        /// One thing that is measured of a layer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Check {
            $($(#[$doc])* $variant,)*
        }

        impl Check {
            /// Every check, in the order in which reports list them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Kebab-case name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What the measured number is.
            pub fn measures(self) -> &'static str {
                match self { $(Self::$variant => $measures),* }
            }

            /// What usually makes it fail.
            pub fn usual_cause(self) -> &'static str {
                match self { $(Self::$variant => $cause),* }
            }
        }
    };
}

checks! {
    /// The row of the table: names, option docs, unknown keys.
    Options "options",
        "faults of the table row: option docs that differ from the keys read, unknown keys taken, a wrong name",
        "an option was added without its OptionDoc, or the options lack `#[serde(default, deny_unknown_fields)]`";
    /// Every variant builds wherever the kit puts it.
    Builds "builds",
        "variants that cannot be built",
        "the variant's options do not fit widths 4, 8, 12 or times 1 … 131: write the variant so that they do";
    /// Shapes of the output and of the gradients.
    Shapes "shapes",
        "shapes that differ from what output_shape, the pace or the parameters say, and sizes taken that forward cannot take",
        "output_shape does not call expect_feature, or is not what the pace makes of the time; or backward returns the gradients in another order";
    /// The numbers of steps that are taken are those declared.
    Lengths "lengths",
        "lengths that are taken or refused against the declaration, taken and not possible, or refused without a way out",
        "weights over time without `lengths` (Exactly, AtMost), or an output_shape that does not call expect_time";
    /// `parameters` and `parameters_mut` agree.
    Parameters "parameters",
        "parameters whose name or shape is not the same in parameters_mut, or whose name is not unique",
        "the two lists are written by hand in different orders";
    /// Directional derivatives of the input and of every parameter, on every shape.
    Gradient "gradient",
        "largest error of a directional derivative against central differences, relative to the gradient",
        "a term of the chain rule is missing in backward (a second path, a bias, a sum over the batch)";
    /// Single derivatives, on small shapes.
    GradientElements "gradient-elements",
        "largest error of a single derivative, relative to the largest one",
        "an index is off by one, or a border (first or last step) is treated like the middle";
    /// A row in a batch gives what it gives alone.
    BatchRows "batch-rows",
        "largest difference of a batch row to the row alone, relative to the largest output",
        "something is normalised or indexed over the whole batch";
    /// Changing one row leaves the others as they are.
    BatchLeak "batch-leak",
        "numbers of other rows that changed when one row of the batch did, in output or input gradient",
        "a product or a mean runs over (batch, time) where it should run over time alone";
    /// A causal layer does not see the future.
    FutureLeak "future-leak",
        "output numbers before a changed step that changed with it, for a layer that declares itself causal",
        "a mask that is off by one (s <= t, not s < t or s <= t + 1), or padding on the wrong side";
    /// Nothing outside the declared reach is connected.
    ReachSound "reach-sound",
        "connected (output, input) step pairs that lie outside the declared reach",
        "the declaration forgets a path: a stack's reach is the sum of lags, a residual adds lag 0";
    /// Everything inside the declared reach is connected.
    ReachTight "reach-tight",
        "declared lags at which nothing is connected",
        "the declaration covers a dilated kernel's holes or one layer too many, or a memory fades below what f32 can add";
    /// One step read out is that row of the forward.
    ForwardStep "forward-step",
        "largest difference of one step read out to that row of the forward, relative to the largest output",
        "forward_step forgets what forward does (positions, the mask, a bias), or takes another step";
    /// Mixing weights of one step are that row of all weights.
    MatchStep "match-step",
        "largest difference of one step's weights to that row of attention_weights; 1 where one of them is not there",
        "attention_weights without match_step, or a mask or factor that one of them forgets";
    /// Fed step by step, it gives the rows of the forward.
    Stream "stream",
        "largest difference of a stream's row to that of the forward, relative to the largest output",
        "what is remembered goes in before it comes out (or after), starts at something else than zeros, or is shared";
    /// A stream remembers what it says, and nothing of another one.
    StreamState "stream-state",
        "streams with one input that differ, and bytes that are not what the state says",
        "the stream writes into the layer, keeps all inputs, or `state` forgets the batch or an array";
    /// Declared number of parameters.
    ParameterCount "parameter-count",
        "difference of declared and counted parameters",
        "a bias is not counted, or is counted when the option leaves it out";
    /// Declared FLOPs of a forward and of a backward.
    Flops "flops",
        "difference of declared FLOPs and those of the products really done, forward or backward",
        "multiply-adds counted once instead of twice, or a loop of its own that does not call flops::count";
    /// Declared bytes kept between forward and backward.
    BytesKept "bytes-kept",
        "difference of declared bytes and those still allocated after a forward",
        "the input is kept though backward does not need it, or a buffer is kept twice";
    /// The seed decides the parameters, and nothing else does.
    Seed "seed",
        "builds from one seed that differ in a bit, or random parameters that do not differ from seed to seed",
        "a random source other than layer::init, or a seed that is not passed on";
    /// Nothing is hidden in the layer.
    Repeat "repeat",
        "numbers that differ when forward, or backward from the same cache, is done again",
        "state kept in the layer, or a sum whose order is not fixed";
    /// Saved and loaded, the layer is the same.
    Checkpoint "checkpoint",
        "output numbers that differ after saving and loading into a layer of another seed",
        "a parameter is missing in parameters, so it is neither saved nor trained";
    /// Large inputs.
    Finite "finite",
        "outputs and gradients that are infinite or NaN at inputs of 1e4",
        "an exponential whose argument is not shifted by its maximum, or a division by a variance without epsilon";
    /// The claim to be affine, or not.
    Affine "affine",
        "departure from f(a+b) = f(a) + f(b) − f(0), relative to the largest output",
        "is_affine does not depend on the option that adds or removes the non-linearity";
    /// The backward of an affine layer is its transpose.
    Adjoint "adjoint",
        "departure from ⟨A·u, v⟩ = ⟨u, Aᵀ·v⟩, relative to the two lengths, for a layer declared affine",
        "backward takes a weight where its transpose belongs, or shifts the wrong way";
    /// The claim to be blind to the order of steps, or not.
    Equivariance "equivariance",
        "departure from f(P·x) = P·f(x) for orders P of the steps, relative to the largest output",
        "is_permutation_equivariant does not depend on mask, window or positions; a layer that does the same to each step has it";
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
