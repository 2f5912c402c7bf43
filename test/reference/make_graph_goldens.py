"""Makes test/graph/goldens/networkx.json: a small random graph of entities, facts and chunks, and what
networkx computes on it. Everything is seeded: running it again gives the same file.

    pip install networkx==3.6 scipy
    python test/reference/make_graph_goldens.py
"""

import json
import random
from itertools import islice
from pathlib import Path

import networkx as nx

OUT = Path(__file__).resolve().parent.parent / "graph" / "goldens" / "networkx.json"
rng = random.Random(7)

ENTITIES = 40
CHUNKS = 15
entities = [f"e{i}" for i in range(ENTITIES)]
chunks = [f"c{i}" for i in range(CHUNKS)]
facts, supports, mentions = [], {}, {}
for i in range(70):
    # Two halves with few facts between them; e38 and e39 take part in none.
    half = rng.randrange(2) * 19
    s, o = half + rng.randrange(19), half + rng.randrange(19)
    if rng.random() < 0.08:
        o = rng.randrange(38)
    if s == o:
        continue
    facts.append([f"f{i}", entities[s], f"r{rng.randrange(4)}", entities[o]])
    for _ in range(rng.choice([1, 1, 2])):
        supports[(f"f{i}", rng.choice(chunks))] = rng.choice([0.5, 0.75, 1.0])
for e in entities:
    for _ in range(rng.randrange(1, 4)):
        key = (e, rng.choice(chunks))
        mentions[key] = mentions.get(key, 0) + 1

confidence = {}
for (fact, _), value in supports.items():
    confidence[fact] = max(confidence.get(fact, 0), value)

whole = nx.Graph()
for fact, subject, _, object_ in facts:
    whole.add_edge(fact, subject, weight=confidence[fact])
    whole.add_edge(fact, object_, weight=confidence[fact])
for (fact, chunk), value in supports.items():
    whole.add_edge(fact, chunk, weight=value)
for (entity, chunk), count in mentions.items():
    whole.add_edge(entity, chunk, weight=count)

between = nx.Graph()
between.add_nodes_from(entities)
for fact, subject, _, object_ in facts:
    old = between.get_edge_data(subject, object_, {"weight": 0})["weight"]
    between.add_edge(subject, object_, weight=old + confidence[fact])

walks = []
for seeds, damping in [({"e0": 1.0}, 0.85), ({"e3": 2.0, "c4": 1.0, facts[5][0]: 1.0}, 0.5)]:
    ranks = nx.pagerank(whole, alpha=damping, personalization=seeds, tol=1e-14, max_iter=1000)
    walks.append({"seeds": seeds, "damping": damping, "scores": ranks})

pairs = [(a, b) for a in entities[:6] for b in entities[20:26] if nx.has_path(between, a, b)]
multi = nx.MultiGraph()
for fact, subject, _, object_ in facts:
    multi.add_edge(subject, object_, key=fact)
paths = []
for a, b in islice(pairs, 12):
    length = nx.shortest_path_length(between, a, b)
    # Parallel facts make a path each.
    ways = 0
    for nodes in nx.all_shortest_paths(between, a, b):
        count = 1
        for u, v in zip(nodes, nodes[1:]):
            count *= multi.number_of_edges(u, v)
        ways += count
    paths.append({"from": a, "to": b, "length": length, "ways": ways})

louvain = nx.community.louvain_communities(between, weight="weight", seed=1)
golden = {
    "facts": facts,
    "supports": [[f, c, v] for (f, c), v in supports.items()],
    "mentions": [[e, c, n] for (e, c), n in mentions.items()],
    "walks": walks,
    "paths": paths,
    "pageRank": nx.pagerank(between, alpha=0.85, tol=1e-14, max_iter=1000, weight="weight"),
    "betweenness": nx.betweenness_centrality(between, normalized=False),
    "louvain": {
        "communities": [sorted(c) for c in louvain],
        "modularity": nx.community.modularity(between, louvain, weight="weight"),
    },
}
OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text(json.dumps(golden) + "\n")
