"""The sample network: a dozen fictional wires on loopback, with articles generated from a seed and known ground truth.

``seeded_random`` -> ``grammar`` -> ``prose``               sentences, from the data files in ``prose/``
``sample_wires``, ``network`` -> ``story_plan``             which wire publishes which version of a story, and when
``story_texts`` -> ``edits`` -> ``printed_article``         one article of a wire, with everything that is printed on it
``ground_truth``, ``pair_scores``                           what is true of it, and how well a result agrees with it
``page_markup`` -> ``website`` -> ``faults``, ``server``    the same as web sites, which can fail on request
``source_toml``                                             the wires' source files for the crawler
``background``                                              a running network for tests
"""
