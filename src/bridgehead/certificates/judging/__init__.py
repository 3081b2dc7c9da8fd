"""Whether a certificate will do: pure judgement, each finding with a stable code."""
