// What attention does, done again from query, key, value and scale.

const dot = (one, other) => one.reduce((sum, value, index) => sum + value * other[index], 0);

/** Whether all that the arithmetic needs was traced. */
const complete = (head, block) =>
  head.scale !== null && head.queries.length === block.words.length && head.keys.length === block.keys.length &&
  head.values.length === block.keys.length && head.queries[0].length > 0;

/** Scores, scaled and masked logits, powers, weights and weighted values of one query. */
const attend = (head, query) => {
  const scores = head.keys.map((key) => dot(head.queries[query], key));
  const scaled = scores.map((score) => score * head.scale);
  const masked = scaled.map((_, key) => head.causal && key > query);
  const logits = scaled.map((logit, key) => (masked[key] ? -Infinity : logit));
  // The largest is taken away first: no power is then too large, and the shares stay the same.
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  const weights = powers.map((power) => power / sum);
  const weighted = head.values.map((value, key) => value.map((one) => one * weights[key]));
  const output = head.values[0].map((_, feature) => weighted.reduce((total, value) => total + value[feature], 0));
  return { scores, scaled, masked, logits, powers, sum, weights, weighted, output };
};

/** Largest difference between the weights done again and those of the model, of one query. */
const difference = (head, query) => {
  const { weights } = attend(head, query);
  return most((head.weights[query] ?? []).map((weight, key) => weight - weights[key]));
};

/** The same over all queries, heads and blocks of a sentence; null where nothing can be done again. */
const differences = (sequence) => {
  let largest = null;
  for (const block of sequence.blocks) {
    for (const head of block.heads.filter((head) => complete(head, block))) {
      for (const query of block.words.keys()) largest = Math.max(largest ?? 0, difference(head, query));
    }
  }
  return largest;
};
