"""The sample network: a dozen fictional wires on loopback, whose copy is made from a seed and whose truth is known.

dice -> grammar -> prose    words from the data files in ``prose/``
wires, network -> plan      who publishes which version of what, when
version -> edit -> article  one wire's article, with all that is printed on it
truth, score                what is true of it, and how well others found that out
page -> site -> server      the same as web sites, with their faults; ``running`` is for tests
source                      the wires' source files for the crawler
"""
