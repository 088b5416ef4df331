"""The benchmarks: quality and speed side by side, in one run (``make bench``; ``docs/bench.md`` says how to read it).

clean: pages -> contenders -> lanes -> scores -> report, plot
fold: stories -> signers, dedupers, growth -> lanes, stopwatch -> partition -> fold_report, fold_plot
"""
