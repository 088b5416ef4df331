"""The benchmarks: quality and speed side by side, in one run (``make bench``; ``docs/bench.md`` says how to read it).

clean: pages -> extractors -> workers -> scores -> report, plot
fold: stories -> signers, dedupers, growth -> workers, measure_command -> agreement -> fold_report, fold_plot
"""
