"""Query parameters that do not identify an article: trackers, and session ids.

Collected from the manuals of the tools that add them, and from the lists of browsers and blockers that remove them
(Firefox query stripping, ClearURLs, AdGuard). Lower case; a name is compared without regard to case.
"""

from __future__ import annotations

import re

_TRACKING = """
    gclid gclsrc dclid gbraid wbraid srsltid msclkid fbclid sfnsn igshid igsh mibextid twclid twsrc ttclid tt_medium
    tt_content li_fat_id lipi licu epik rdt_cid sccid yclid ymclid ysclid _openstat zanpid irclickid irgwc
    cjevent awc tduid ef_id s_kwcid mkwid pcrid wickedid dicbo tblci obclickid vmcid rb_clickid _branch_match_id
    _branch_referrer fb_action_ids fb_action_types fb_source fb_ref fbc_id __tn__ __xts__ __twitter_impression

    mc_cid mc_eid mc_tc _hsenc _hsmi __hssc __hstc __hsfp hsctatracking mkt_tok _ke _kx __s ck_subscriber_id
    elqtrackid elqtrack elqaid elqat elqcampaignid dm_i oly_anon_id oly_enc_id ml_subscriber ml_subscriber_hash
    nr_email_referer email_referrer email_subject bxid cndid esrc vgo_ee

    _ga _gl _gac ga_source ga_medium ga_campaign ga_content ga_term pk_campaign pk_kwd pk_keyword pk_source
    pk_medium pk_content pk_cid xtor at_medium at_campaign at_campaign_type at_creation at_custom1 at_custom2
    at_custom3 at_custom4 at_format at_link_id at_link_origin at_link_type at_ptr_name at_bbc_team at_variant
    at_term at_content at_send_date at_general_placement at_detail_placement at_xt ns_mchannel ns_source
    ns_campaign ns_linkname ns_fee wt_mc wt_zmc wt.mc_id wt.mc_ev s_cid s_campaign

    cmpid intcmp int_cmp int_source int_medium int_campaign ocid ncid icid ito ftag tpcc smid smtyp maca mbid
    soc_src soc_trk wpisrc wpmm guccounter ref_src ref_url referrer referer feedtype feedname sr_share sthash
    spm trk trkinfo trkcampaign traffic_source usqp amp_js_v amp_gsa hootpostid sb_referer_host
"""
TRACKING_NAMES = frozenset(_TRACKING.split())
"""Names of campaigns and readers. Sites use them for articles only by accident. By group: clicks on advertisements;
mailings; analytics; publishers and portals."""

SESSION_NAMES = frozenset(
    {
        "jsessionid", "phpsessid", "asp.net_sessionid", "cfid", "cftoken", "oscsid", "zenid", "xtcsid", "bv_sessionid",
        "bv_engineid",
    }
)  # fmt: skip
"""Names of session ids that one software uses. They never identify an article."""

TRACKING_PREFIXES = ("utm_", "gad_", "mtm_", "matomo_", "piwik_", "hsa_", "vero_", "itm_", "guce_", "pd_rd_",
                     "pf_rd_", "gaa_")  # fmt: skip
"""What such names begin with, if a tool adds many."""

DOUBTFUL_NAMES = frozenset(
    {"ref", "cmp", "partner", "social", "taid", "sid", "sess", "sessid", "session", "sessionid", "session_id"}
)
"""Names that most sites use for campaigns or sessions, but some for the number of the article
(``release.asp?ref=1000``, ``article.php?sid=1234``). The rest of the URL decides."""

DOUBTFUL_PREFIXES = ("at_", "ns_")

SESSION_IN_PATH = re.compile(
    r";(?:jsessionid|phpsessid|sessionid|sessid|sid)=[^/;]*"  # Java servlets (Servlet 6.0, 7.1.3)
    r"|(?<=/)(?:\([ASF]\([A-Za-z0-9_-]{16,}\)\))+/"  # ASP.NET with cookieless sessions
    r"|(?<=/)\((?:[ASF]\([A-Za-z0-9_-]{16,}\))+\)/",
    re.IGNORECASE,
)
"""Session ids in the path."""
