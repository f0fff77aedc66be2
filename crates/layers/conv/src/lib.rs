//! The local window: 1-D convolution, causal or centred, with kernel, dilation and stacking.
