// What the Service view says.

export const SUBTITLE = "What runs here, how fast it answers, and how to call it.";
export const CAPTION = "Numbers from /metrics, every 5 seconds while this view is open; times are of a batch through the network, since you opened this.";
