"""The benchmarks: quality and speed side by side, in one run (``make bench``; ``docs/bench.md`` says how to read it).

pages -> contenders -> lanes -> scores -> report, plot
"""
