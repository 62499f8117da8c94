"""mem0 as a `System`, in its setting without a model: what is said is kept as it is, embedded, in Chroma. Needs `zhiji[mem0]`.

zhiji evaluate recall DATA --system zhiji --system assistant.evaluation.mem0_system:Mem0
"""
